import type { AuditLog } from '../audit/log'
import type { Clock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { CredentialKind } from '../kernel/credential-kind'
import type { Vault } from '../kernel/sealing'
import type { StoredRules } from '../policy'
import type { FieldRules } from './fields'
import type { MailServerFields } from './form-fields'
import type { DeliveryVerification, KeysSound, MailServerStore, TestSummary, VerifiedOthers } from './ports'
import type { MailState } from './status'

/** What the stories of this room need. */
export interface MailServerDeps {
  store: MailServerStore
  vault: Vault
  clock: Clock
  rules: FieldRules
  policy: {
    load(): Promise<StoredRules | null>
    /** Id of the mail server that is used where no rule picks another one. */
    defaultServer(): Promise<string>
  }
  keysSound: KeysSound
  verifiedOthers: VerifiedOthers
  audit: Pick<AuditLog, 'record'>
}

export interface MailServerView {
  /** 0: nothing saved yet. */
  version: number
  /** Something is saved and cannot be read: damaged, or written by another version (F-54). `fields` are the defaults then. */
  unreadable: boolean
  fields: MailServerFields
  secret:
    | { set: false }
    | {
        set: true
        kind: CredentialKind
        at: Date
        by: string
        /** Empty: the kind has no secret to seal. */
        kid: string
        expiresAt: Date | null
        readable: boolean
        /** Why it is not readable, if the destination has changed since it was stored. */
        destinationChange: string | null
      }
  state: MailState
  /** The test that verified the current revision. */
  verifiedBy: { testId: string; at: Date } | null
  /** The delivery that verified it. */
  deliveredBy: DeliveryVerification | null
  lastVerified: { number: number; savedAt: Date; savedBy: string; isCurrent: boolean; secretAvailable: boolean } | null
  latestTest: TestSummary | null
  /** Name of the failover server that delivers for it; null if none does. */
  failover: string | null
  /** Until when deliveries use the previous credential because Entra rejects the current one; null if they do not. */
  fallbackUntil: Date | null
  /** The message whose latest try failed, where that is the newest word; null: it is not. */
  failedMessage: string | null
  /** At Exchange somebody's address is proven, so that individual senders can be allowed. */
  individualPossible: boolean
  clouds: { id: string; name: string }[]
  plaintextAllowed: boolean
  /** A password login at a Microsoft host. */
  basicAuthNotice: boolean
}

export const cloudNames = (clouds: readonly Cloud[]): { id: string; name: string }[] =>
  clouds.map(({ id, name }) => ({ id, name }))
