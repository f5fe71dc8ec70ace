/** One page of a list on this page, counted from 1, newest first. */
export interface ListPage<Row> {
  rows: readonly Row[]
  total: number
  page: number
  size: number
}

/** Rows of each list on this page: enough to see what happened lately, few enough to keep the form the main thing. */
export const ROWS_SHOWN = 8

/** Not a number, or none: the first page. */
export function pageNumber(text: string | string[] | undefined): number {
  const page = Number(typeof text === 'string' ? text : 1)
  return Number.isSafeInteger(page) && page > 0 ? page : 1
}

/** Links to the pages beside this one; the other list starts afresh. */
export function neighbours(
  { page, size, total }: Omit<ListPage<unknown>, 'rows'>,
  { list, path }: { list: 'tests' | 'revisions'; path: string },
) {
  const link = (to: number) => `${path}${path.includes('?') ? '&' : '?'}${list}=${to}#${list}`
  return { newer: page > 1 ? link(page - 1) : null, older: page * size < total ? link(page + 1) : null }
}
