/** One page of a list, counted from 1, newest first. */
export interface ListPage<Row> {
  rows: readonly Row[]
  total: number
  page: number
  size: number
}

/** Rows of each list: enough to see recent events, few enough to keep the form the main part of the page. */
export const ROWS_SHOWN = 8

/** The first page if the text is missing or not a number. */
export function pageNumber(text: string | string[] | undefined): number {
  const page = Number(typeof text === 'string' ? text : 1)
  return Number.isSafeInteger(page) && page > 0 ? page : 1
}

/** Links to the previous and next page. The other list starts at its first page again. */
export function neighbours(
  { page, size, total }: Omit<ListPage<unknown>, 'rows'>,
  { list, path }: { list: 'tests' | 'revisions'; path: string },
) {
  const link = (to: number) => `${path}${path.includes('?') ? '&' : '?'}${list}=${to}#${list}`
  return { newer: page > 1 ? link(page - 1) : null, older: page * size < total ? link(page + 1) : null }
}
