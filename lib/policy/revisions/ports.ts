import type { AuditEntry } from '../../audit/entry'
import type { Result } from '../../kernel/result'
import type { PolicyRules, Sending, Servers } from '..'
import type { TestEvidence } from '../acceptance'

/** One saved state of the rules; immutable. */
export interface StoredRules {
  /** Counts saves; a save names the one it was made on. */
  number: number
  /** Null: what is stored cannot be read (F-54). */
  rules: PolicyRules | null
  savedBy: string
  savedAt: Date
}

/** One save, written whole or not at all: the rules and the audit row. */
export interface RulesWrite {
  /** The number the change was made on; 0: nothing was saved yet. */
  after: number
  rules: PolicyRules
  savedBy: string
  audit: AuditEntry
}

export interface RulesStore {
  /** The newest; null: none was saved yet, and lib/policy's NO_RULES hold. */
  load(): Promise<StoredRules | null>
  /** Its number alone; 0: none. */
  newest(): Promise<number>
  revision(number: number): Promise<StoredRules | null>
  /** Newest first. */
  revisions(page: { page: number; size: number }): Promise<{ rows: StoredRules[]; total: number }>
  /** Refused when another save came first, or a mail server that a rule names is gone: nothing is written then. */
  write(write: RulesWrite): Promise<Result<{ number: number }, 'changed-meanwhile' | 'server-gone'>>
}

/** A mail server that rules may name. */
export interface NamedServer {
  id: string
  name: string
  isDefault: boolean
  /** Null: nothing is saved, or it cannot be read. */
  sending: Sending | null
  /** Its backup, while that has taken over. */
  standInId: string | null
}

/** The mail servers as rules see them. */
export interface SendingNow {
  /** The default one first. */
  servers(): Promise<NamedServer[]>
  /** @param server null: the default one. */
  evidence(server: string | null): Promise<TestEvidence>
}

/** The default one by null, any by its id. */
export const serversOf =
  (named: readonly NamedServer[]): Servers =>
  (id) =>
    named.find((each) => (id === null ? each.isDefault : each.id === id))?.sending ?? null

/** The policy rules as they are saved; null: none are. */
export interface RulesInUse {
  load(): Promise<{ number: number; rules: PolicyRules | null } | null>
  /** By which mail leaves that no rule sends elsewhere. */
  defaultServer(): Promise<string>
}
