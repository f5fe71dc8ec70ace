import { isUuid } from '@/lib/kernel'

const NOTHING = '00000000-0000-0000-0000-000000000000'

/** The id in a hidden field. An invalid one becomes an id that does not exist, so the answer is that the item is gone. */
export function uuidOf(form: FormData, name: string): string {
  const id = form.get(name)
  return isUuid(id) ? id : NOTHING
}

/** One less than the largest number of the database, so that the next version fits too. */
const NUMBER_MAX = 2 ** 31 - 2

/** The whole number in a hidden field; null if it has none that the database can hold. */
export function numberOf(form: FormData, name: string): number | null {
  const value = form.get(name)
  return typeof value === 'string' && /^\d{1,10}$/.test(value) && Number(value) <= NUMBER_MAX ? Number(value) : null
}

/** The version in a hidden field. An invalid one becomes a version that does not exist, so the answer is a conflict. */
export const versionOf = (form: FormData): number => numberOf(form, 'version') ?? -1

/** The whole number that was typed, or not a number. */
export const numberIn = (text: string): number => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN)
