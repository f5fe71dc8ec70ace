import { PAGE_ROWS } from '@/app/paging'
import { isUuid } from '@/lib/kernel'

/** The ids of rows on one page of the list, as an address or a hidden field has them. What is no id is left out. */
export const chosenIds = (values: readonly unknown[]): string[] =>
  [...new Set(values.filter(isUuid))].slice(0, PAGE_ROWS)

/** The hidden field with the owners that the page showed of a credential. */
export const seenOwnersField = (credentialId: string): string => `was.${credentialId}`

/** The mail servers whose credentials are replaced one after the other, as the address and the forms of each page have them. */
export const chosenIn = (text: unknown): string[] => (typeof text === 'string' ? chosenIds(text.split(',')) : [])
