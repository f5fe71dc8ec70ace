import type { SearchParams } from './search-params'

export const PAGE_ROWS = 25

/** The number of the page in an address, from 1. Anything else is the first page. */
export const pageIn = ({ page }: SearchParams): number =>
  typeof page === 'string' && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1

type Link = (page: number) => string

/** Where a page is in a list, with links to its neighbours. For a page that does not exist, the nearest one is returned. */
function placeOf(total: number, wanted: number, link: Link) {
  const last = Math.max(1, Math.ceil(total / PAGE_ROWS))
  const page = Math.min(last, wanted)
  return { page, before: page > 1 ? link(page - 1) : null, after: page < last ? link(page + 1) : null }
}

export function pageOf<Row>(rows: readonly Row[], wanted: number, link: Link) {
  const place = placeOf(rows.length, wanted, link)
  return { ...place, rows: rows.slice((place.page - 1) * PAGE_ROWS, place.page * PAGE_ROWS) }
}

export async function readPage<Read extends { rows: unknown[]; total: number }>(
  wanted: number,
  read: (page: { page: number; size: number }) => Promise<Read>,
  link: Link,
) {
  const first = await read({ page: wanted, size: PAGE_ROWS })
  const place = placeOf(first.total, wanted, link)
  return { ...(place.page === wanted ? first : await read({ page: place.page, size: PAGE_ROWS })), ...place }
}
