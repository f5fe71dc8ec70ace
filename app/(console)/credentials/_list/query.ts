import { CREDENTIALS_PATH } from '@/app/paths'
import { CREDENTIAL_STATES, type CredentialState } from '@/lib/credentials/expiry'
import type { CredentialView } from '@/lib/credentials/views'
import { CREDENTIAL_KINDS, type CredentialKind } from '@/lib/kernel/credential-kind'
import { isUuid } from '@/lib/kernel/ids'

export const SORTS = ['end', 'state', 'kind', 'server'] as const
/** Rows of the table and bars of the chart on one page. */
export const PAGE_ROWS = 25

/** The value of the owner filter for credentials without owners. */
export const NO_OWNER = 'none'

/** The filter and order in the page's address. */
export interface CredentialsQuery {
  state: CredentialState | ''
  kind: CredentialKind | ''
  /** Id of a mail server. */
  server: string
  /** Mail address of an owner, or `none` for credentials without owners. */
  owner: string
  sort: (typeof SORTS)[number]
}

type SearchParams = Record<string, string | string[] | undefined>

/** An unknown value is treated as absent, so it does not filter. */
export function readQuery({ state, kind, server, owner, sort }: SearchParams): CredentialsQuery {
  return {
    state: CREDENTIAL_STATES.find((known) => known === state) ?? '',
    kind: CREDENTIAL_KINDS.find((known) => known === kind) ?? '',
    server: isUuid(server) ? server : '',
    owner: typeof owner === 'string' ? owner.slice(0, 320) : '',
    sort: SORTS.find((known) => known === sort) ?? 'end',
  }
}

export const isNarrowed = ({ state, kind, server, owner }: CredentialsQuery): boolean =>
  [state, kind, server, owner].some((each) => each !== '')

/** The query of a link that keeps the filter. */
export function queryText(query: CredentialsQuery, page = 1): string {
  const choices = Object.entries(query).filter(([, value]) => value !== '' && value !== 'end')
  const all = page > 1 ? [...choices, ['page', String(page)]] : choices
  return all.length === 0 ? '' : `?${new URLSearchParams(all)}`
}

/** One page of the list, with links to its neighbours. For a page that does not exist, the nearest one is returned. */
export function paged(views: readonly CredentialView[], query: CredentialsQuery, parameter: SearchParams['page']) {
  const last = Math.max(1, Math.ceil(views.length / PAGE_ROWS))
  const wanted = typeof parameter === 'string' && /^\d{1,6}$/.test(parameter) ? Number(parameter) : 1
  const page = Math.min(last, Math.max(1, wanted))
  const link = (to: number) => `${CREDENTIALS_PATH}${queryText(query, to)}#list`
  return {
    rows: views.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS),
    before: page > 1 ? link(page - 1) : null,
    after: page < last ? link(page + 1) : null,
  }
}

/** Worst first. */
const WORST: readonly CredentialState[] = ['refused', 'expired', 'critical', 'soon', 'date-unknown', 'healthy']

const endMs = ({ expiresAt }: CredentialView): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
const byEnd = (a: CredentialView, b: CredentialView): number =>
  endMs(a) === endMs(b) ? 0 : endMs(a) < endMs(b) ? -1 : 1
const nameOf = ({ mailServer }: CredentialView): string => mailServer.name

const ORDER: Record<CredentialsQuery['sort'], (a: CredentialView, b: CredentialView) => number> = {
  end: byEnd,
  state: (a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || byEnd(a, b),
  kind: (a, b) => CREDENTIAL_KINDS.indexOf(a.kind) - CREDENTIAL_KINDS.indexOf(b.kind) || byEnd(a, b),
  server: (a, b) => nameOf(a).localeCompare(nameOf(b)) || byEnd(a, b),
}

export function filtered(views: readonly CredentialView[], query: CredentialsQuery): CredentialView[] {
  const { state, kind, server, owner, sort } = query
  return views
    .filter(
      (view) =>
        (state === '' || view.state === state) &&
        (kind === '' || view.kind === kind) &&
        (server === '' || view.mailServer.id === server) &&
        (owner === '' || (owner === NO_OWNER ? view.owners.length === 0 : view.owners.includes(owner))),
    )
    .sort(ORDER[sort])
}
