import type { AuditLog } from '../audit/log'
import type { Certificates } from '../crypto/certificates/contracts'
import type { Directory, TokenCache, TokenSource } from '../entra/contracts'
import type { Clock } from '../kernel/clock'
import type { Vault } from '../kernel/sealing'
import type { Credential } from './credential'
import type { CredentialState } from './expiry'
import type { CrashPoint, CredentialStore, Probe, Rotation } from './ports'

/** What the stories of this room need. */
export interface CredentialsDeps {
  store: CredentialStore
  vault: Vault
  clock: Clock
  tokens: TokenSource
  tokenCache: TokenCache
  directory: Directory
  certificates: Certificates
  audit: Pick<AuditLog, 'record'>
  /** Whether the key that would seal now is the one this database knows by that id (S-09, S-10). */
  keysSound(): Promise<{ ok: true } | { ok: false; error: { kid: string } }>
  crash: CrashPoint
}

/** Goes on with a rotation at a step of its own; false: that step is not its affair. */
export type RotationStepper = (rotation: Rotation) => Promise<boolean>

export type KeptBecause =
  /** Another process may still send by a token of it. */
  | { kind: 'too-early'; until: Date }
  /** The current one is refused, or was not accepted since it took over. */
  | { kind: 'still-needed' }

/** A credential as page, command line, reminders and calendar see it; named member by member, no secret (S-02). */
export interface CredentialView extends Credential {
  mailServer: { id: string; name: string; type: 'exchange-online-oauth2' | 'smtp'; senderAddress: string }
  state: CredentialState
  /** New, and Entra does not know it yet: its refusals count for nothing. */
  isPropagating: boolean
  /** Days on the UTC calendar; 0 on the day itself, negative after it. Null if no date is known. */
  daysLeft: number | null
  /** A date was typed and Graph tells another day. */
  datesDiffer: boolean
  latestProbe: Probe | null
  /** The previous credential that is used if Entra rejects the current one, and that Entra did not reject itself. */
  isFallback: boolean
  /** Of a current credential that Entra rejects: the previous one that mail is sent with, and until when. Null otherwise. */
  carriedBy: { credentialId: string; until: Date } | null
  /** Why removing it would be refused now; null: it may go, or it is not retired. */
  keptBecause: KeptBecause | null
}

/** One mail server's slots, for the page: what is there, and what is the next step. */
export interface SlotsView {
  mailServer: CredentialView['mailServer'] & { version: number; tenantId: string | null; clientId: string | null }
  current: CredentialView | null
  next: CredentialView | null
  /** Retired ones whose text is still here, newest first; the first may be the fallback. */
  previous: CredentialView[]
  rotation: Rotation | null
}
