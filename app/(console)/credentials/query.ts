import { CREDENTIAL_STATES, type CredentialState } from '@/lib/credentials/expiry'
import type { CredentialView } from '@/lib/credentials/room'
import { CREDENTIAL_KINDS, type CredentialKind } from '@/lib/kernel/credential-kind'

export const SORTS = ['end', 'state', 'kind'] as const

/** What stands in the page's address. */
export interface CredentialsQuery {
  state: CredentialState | ''
  kind: CredentialKind | ''
  sort: (typeof SORTS)[number]
}

type SearchParams = Record<string, string | string[] | undefined>

/** What is not known asks for everything, as if it were absent. */
export function readQuery({ state, kind, sort }: SearchParams): CredentialsQuery {
  return {
    state: CREDENTIAL_STATES.find((known) => known === state) ?? '',
    kind: CREDENTIAL_KINDS.find((known) => known === kind) ?? '',
    sort: SORTS.find((known) => known === sort) ?? 'end',
  }
}

export const isNarrowed = ({ state, kind }: CredentialsQuery): boolean => state !== '' || kind !== ''

/** For a link that keeps the reader's choice. */
export function queryText(query: CredentialsQuery): string {
  const chosen = Object.entries(query).filter(([, value]) => value !== '' && value !== 'end')
  return chosen.length === 0 ? '' : `?${new URLSearchParams(chosen)}`
}

/** Worst first. */
const WORST: readonly CredentialState[] = ['refused', 'expired', 'critical', 'soon', 'date-unknown', 'healthy']

const endMs = ({ expiresAt }: CredentialView): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
const byEnd = (a: CredentialView, b: CredentialView): number =>
  endMs(a) === endMs(b) ? 0 : endMs(a) < endMs(b) ? -1 : 1

const ORDER: Record<CredentialsQuery['sort'], (a: CredentialView, b: CredentialView) => number> = {
  end: byEnd,
  state: (a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || byEnd(a, b),
  kind: (a, b) => CREDENTIAL_KINDS.indexOf(a.kind) - CREDENTIAL_KINDS.indexOf(b.kind) || byEnd(a, b),
}

export function chosen(views: readonly CredentialView[], { state, kind, sort }: CredentialsQuery): CredentialView[] {
  return views
    .filter((view) => (state === '' || view.state === state) && (kind === '' || view.kind === kind))
    .sort(ORDER[sort])
}
