import { createHmac, randomBytes } from 'node:crypto'
import { badRequest, type GraphAnswer } from './graph-answer'

const PAGE = 100
const LONGEST_PAGE = 999
const KNOWN = ['$select', '$expand', '$top', '$skiptoken', '$filter', '$count']

export interface Query {
  /** Null if nothing was selected, so everything is shown. */
  select: string[] | null
  /** Null if owners are not expanded. `select` names the fields to show, or is null for all. */
  expandOwners: { select: string[] | null } | null
  top: number
  from: number
  filterAppId: string | null
}

const list = (text: string): string[] => text.split(',').map((name) => name.trim())

/** An opaque position of the next page. */
const key = randomBytes(32)
const sealed = (from: number): string => createHmac('sha256', key).update(String(from)).digest('base64url').slice(0, 22)
export const skipToken = (from: number): string => Buffer.from(`${sealed(from)}.${from}`).toString('base64url')

function fromSkipToken(token: string): number | null {
  const [seal, from] = Buffer.from(token, 'base64url').toString().split('.')
  return from !== undefined && seal === sealed(Number(from)) ? Number(from) : null
}

/** The supported query options of Graph. Any other one is refused instead of ignored. */
export function readQuery(url: URL, names: readonly string[]): Query | { refused: GraphAnswer } {
  const refused = (message: string, code?: string) => ({ refused: badRequest(message, code) })
  const strange = [...url.searchParams.keys()].find((name) => name.startsWith('$') && !KNOWN.includes(name))
  if (strange !== undefined)
    return refused(`The query option '${strange}' is not supported.`, 'Request_UnsupportedQuery')
  const select = url.searchParams.get('$select')
  const unknown = select === null ? undefined : list(select).find((name) => !names.includes(name))
  if (unknown !== undefined) return refused(`Could not find a property named '${unknown}'.`, 'BadRequest')
  const expand = url.searchParams.get('$expand')
  const [whole, , inner] = /^owners(\(\$select=([^)]+)\))?$/.exec(expand ?? '') ?? []
  if (expand !== null && whole === undefined) return refused(`'${expand}' cannot be expanded.`, 'BadRequest')
  const top = Number(url.searchParams.get('$top') ?? PAGE)
  if (!Number.isInteger(top) || top < 1 || top > LONGEST_PAGE) {
    return refused(
      `The page size '${top}' is not valid: it is between 1 and ${LONGEST_PAGE}.`,
      'Request_UnsupportedQuery',
    )
  }
  const token = url.searchParams.get('$skiptoken')
  const from = token === null ? 0 : fromSkipToken(token)
  if (from === null) return refused('The token of the page has expired or is not valid.', 'Directory_ExpiredPageToken')
  const filter = url.searchParams.get('$filter')
  const [, filterAppId] = /^appId eq '([0-9a-f-]{36})'$/i.exec(filter ?? '') ?? []
  if (filter !== null && filterAppId === undefined)
    return refused(`The filter '${filter}' is not supported.`, 'Request_UnsupportedQuery')
  return {
    select: select === null ? null : list(select),
    expandOwners: expand === null ? null : { select: inner === undefined ? null : list(inner) },
    top,
    from,
    filterAppId: filterAppId ?? null,
  }
}
