const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** The id in a hidden field. An invalid one becomes an id that does not exist, so the answer is that the item is gone. */
export function uuidOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' && UUID.test(value) ? value : NOBODY
}

/** One less than the largest number of the database, so that the next version fits too. */
const VERSION_MAX = 2 ** 31 - 2

/** The version in a hidden field. An invalid one becomes a version that does not exist, so the answer is a conflict. */
export function versionOf(form: FormData, name = 'version'): number {
  const value = form.get(name)
  const version = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : -1
  return version <= VERSION_MAX ? version : -1
}

/** As many as there are on a page of the list. */
const CHOSEN_MAX = 25

/** The ids of several rows, as an address or a hidden field has them. What is no id is left out. */
export const chosenIds = (values: readonly unknown[]): string[] =>
  [...new Set(values.filter((value): value is string => typeof value === 'string' && UUID.test(value)))].slice(
    0,
    CHOSEN_MAX,
  )

/** The mail servers whose credentials are replaced one after the other, as the address and the forms of each page have them. */
export const chosenIn = (text: unknown): string[] => (typeof text === 'string' ? chosenIds(text.split(',')) : [])
