import type { CredentialsDeps, CredentialView, SlotsView } from './room'
import { listed, slotsOf } from './views'

/** Everything that is done with credentials, for console, command line and worker alike. */
export interface CredentialsRoom {
  /** Every credential that is kept, the ones in use first. */
  list(): Promise<CredentialView[]>
  /** Each mail server with its slots and what is under way. */
  slots(): Promise<SlotsView[]>
}

export function createCredentialsRoom(deps: Pick<CredentialsDeps, 'store' | 'clock'>): CredentialsRoom {
  return {
    list: () => listed(deps),
    slots: () => slotsOf(deps),
  }
}

export type { CredentialState } from './expiry'
export type { CredentialView, SlotsView } from './room'
