import type { AuditEntry } from '../audit/entry'
import type { CredentialKind } from '../kernel/credential-kind'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'
import type { SealedText } from '../kernel/sealing'
import type { PolicyRules } from '../policy'
import type { TestLimitReached } from './connection-test/limit'
import type { TestReport } from './connection-test/report'

export interface StoredCredential {
  id: string
  kind: CredentialKind
  /** Null: the kind has no secret, or it was removed. */
  sealed: SealedText | null
  kid: string | null
  /** Of a certificate. */
  thumbprint: string | null
  /** Keyed digest of destination and secret. */
  digest: string
  expiresAt: Date | null
  createdBy: string
  createdAt: Date
}

export interface StoredServer {
  id: string
  version: number
  /** Null: what is stored cannot be read (F-54). */
  settings: MailServerSettings | null
  credential: StoredCredential | null
}

export interface StoredRevision {
  number: number
  /** Null: what is stored cannot be read (F-54). */
  settings: MailServerSettings | null
  credentialId: string | null
  digest: string
  /** Digest of an earlier revision whose proof holds here too (docs/decisions/0006). */
  verifiedLike: string | null
  savedBy: string
  savedAt: Date
}

/** One save, written whole or not at all: settings, credential, revision and audit row. */
export interface SettingsWrite {
  /** The version the change was made on; 0: nothing was saved yet. */
  after: number
  settings: MailServerSettings
  digest: string
  savedBy: string
  credential:
    | { kind: 'none' }
    | { kind: 'kept'; id: string; expiresAt: Date | null }
    | { kind: 'new'; row: Omit<StoredCredential, 'createdAt'> }
  /**
   * What becomes of the credentials that do not stay current: null, the destination was left, so none of them can be of use and
   * the one prepared as next is given up; else until when the former current one stands in.
   */
  former: { fallbackUntil: Date } | null
  /** The policy rules go along with a new sender: the next revision of theirs, and its audit row. Null: they stay. */
  policy: { after: number; rules: PolicyRules; audit: AuditEntry } | null
  audit: AuditEntry
}

export interface TestRunRecord {
  id: string
  /** Of the saved settings when the test began; 0: none. */
  revision: number
  digest: string | null
  dryRun: boolean
  recipient: string
  settings: object
  report: TestReport
  transcript: { atMs: number; from: 'client' | 'server'; text: string }[]
  startedBy: string
  startedAt: Date
  durationMs: number
  /** What Entra said of the stored credential on the way, if it was the one in use and Entra spoke of it. */
  credential: { id: string; refusedCode: DiagnosisCode | null } | null
  /** The sender that was tested instead of the settings' own, and what was seen of it; `seen` null: nothing. */
  sender: { address: string; digest: string | null; seen: SenderSeen | null } | null
}

/** `refusal` null: the server took a mail from it. */
export interface SenderSeen {
  refusal: { code: string; evidence: string } | null
}

/** What fresh tokens told of the credential in use, and how near its end counts. */
export interface CredentialHealth {
  refused: boolean
  /** Until when deliveries use a previous credential if Entra rejects the current one; null if none can be used. */
  fallbackUntil: Date | null
  /** The largest threshold at which people are told. */
  expiringWithinDays: number
}

/** What the outbox met on its way. */
export interface DeliveryHealth {
  pausedBy: 'person' | 'diagnosis' | null
  /** Name of the failover server that delivers for it; null if none has taken over, or none that works. */
  failover: string | null
  /** A message that left as the mail server's own sender under this version of the settings; null if none has. */
  verifiedBy: DeliveryVerification | null
  /** The newest attempt under this version of the settings that tells something of the mail server. */
  latestAttempt: LatestAttempt | null
}

export interface DeliveryVerification {
  messageId: string
  at: Date
}

export interface LatestAttempt {
  at: Date
  messageId: string
  failed: boolean
  /** The sender that the server took it from; null: it was not taken, or nobody knows. */
  takenFrom: string | null
}

export interface TestSummary {
  id: string
  startedAt: Date
  startedBy: string
  recipient: string
  /** Tested instead of the settings' own sender; null: that was. */
  asSender: string | null
  /** What was tested; null when the form's values were none, or what is stored cannot be read. */
  settings: MailServerSettings | null
  outcome: TestReport['outcome']
  dryRun: boolean
  diagnosisCode: string | null
  durationMs: number
  /** The settings tested are the ones saved now. */
  ofCurrentRevision: boolean
}

export interface StoredTest {
  summary: TestSummary
  /** Null: what is stored cannot be read (F-54). */
  ended: { report: TestReport; transcript: TestRunRecord['transcript'] } | null
}

/** A page of a list, counted from 1. */
export interface PageOf {
  page: number
  size: number
}

/** Which tests; absent: all of the mail server. */
export interface TestsOf {
  asSender?: string
}

export interface MailServerStore {
  /** Whose store it is. */
  readonly id: string
  load(): Promise<StoredServer | null>
  credential(id: string): Promise<StoredCredential | null>
  credentialHealth(now: Date): Promise<CredentialHealth>
  deliveryHealth(version: number): Promise<DeliveryHealth>
  revision(number: number): Promise<StoredRevision | null>
  revisions(page: PageOf): Promise<{ rows: (StoredRevision & { verified: boolean })[]; total: number }>
  /** The newest revision with a proof: an accepted, not dry, test of the same digest. */
  lastVerified(): Promise<StoredRevision | null>
  /** The newest accepted, not dry, test of this revision, or of the one whose proof holds for it too. */
  verificationOf(
    revision: Pick<StoredRevision, 'digest' | 'verifiedLike'>,
  ): Promise<{ testId: string; at: Date } | null>
  /** With a digest: of these settings, and none that failed for its recipient. Without: the newest of all, as pages list it. */
  latestTest(digest?: string): Promise<TestSummary | null>
  tests(page: PageOf & TestsOf): Promise<{ rows: TestSummary[]; total: number }>
  test(id: string): Promise<StoredTest | null>
  /** The service principal's object id, as the latest token that told one had it. */
  latestObjectId(): Promise<string | null>
  /** Refused when another save came first: nothing is written then, not even the audit row. */
  write(write: SettingsWrite): Promise<Result<{ version: number }, 'changed-meanwhile' | 'rules-changed'>>
  /** A finished test and its audit row, together. */
  keepTest(run: TestRunRecord, audit: AuditEntry): Promise<void>
}

/** Counts tests, for each person and in all; the counters survive a restart (N-06). */
export interface TestLimiter {
  /** Null: not a person at the page but the command line or the worker. They are counted only in all. */
  consume(who: string | null): Promise<Result<void, TestLimitReached>>
}

/** Whether the key that would seal now is the one this database knows by that id (S-09, S-10). */
export type KeysSound = () => Promise<Result<void, { kid: string }>>

/** The sender addresses besides the settings' own that Exchange was last seen to accept under these settings. */
export type VerifiedOthers = (settings: MailServerSettings) => Promise<readonly string[]>

/** Opens the text of a place named in a settings file; null: not there. */
export interface SecretPlaces {
  env(name: string): Redacted | null
  file(path: string): Redacted | null
}
