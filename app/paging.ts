import type { SearchParams } from './search-params'

/** Rows on one page of a list. */
export const PAGE_ROWS = 25

/** The number of the page in an address, from 1. Anything else is the first page. */
export const pageIn = ({ page }: SearchParams): number =>
  typeof page === 'string' && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1

/** One page of a list, with links to its neighbours. For a page that does not exist, the nearest one is returned. */
export function pageOf<Row>(rows: readonly Row[], wanted: number, link: (page: number) => string) {
  const last = Math.max(1, Math.ceil(rows.length / PAGE_ROWS))
  const page = Math.min(last, wanted)
  return {
    page,
    rows: rows.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS),
    before: page > 1 ? link(page - 1) : null,
    after: page < last ? link(page + 1) : null,
  }
}
