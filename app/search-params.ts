import { isUuid } from '@/lib/kernel'

/** The parameters of a page's address. Wherever one is read, a value that is not known counts as absent. */
export type SearchParams = Readonly<Record<string, string | string[] | undefined>>

/** Longer than anything that people search for, and than any address. */
const CHARS_MAX = 320

/** One parameter as text, empty if it is absent. The database rejects a NUL, and no stored text has one. */
export const textIn = (params: SearchParams, name: string, charsMax = CHARS_MAX): string => {
  const value = params[name]
  return typeof value === 'string' ? value.replaceAll('\0', '').trim().slice(0, charsMax) : ''
}

/**
 * The parameter of a filter by one of many things: the id of one, or the name that a person typed.
 *
 * @returns the id, and the text if nothing has that name; both are empty if the parameter is
 */
export function idIn(params: SearchParams, name: string, names: ReadonlyMap<string, string>) {
  const text = textIn(params, name)
  const wanted = text.toLowerCase()
  const [named = ''] = [...names].find(([, known]) => known.toLowerCase() === wanted) ?? []
  const id = isUuid(params[name]) ? text : named
  return { id, unknown: id === '' ? text : '' }
}
