import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Stage } from '../kernel/stage'
import type { Identity, LongText } from '../smtp/contracts'

export const MESSAGE_STATES = ['queued', 'sending', 'held', 'delivered', 'declined', 'failed', 'cancelled'] as const
/**
 * `declined`: policy rules declined it for every recipient, which is no failure. `delivered`: the server accepted it for every
 * recipient that the rules allow. `failed`: at least one recipient will not get what the rules allow.
 */
export type MessageState = (typeof MESSAGE_STATES)[number]
export const RECIPIENT_STATES = ['queued', 'delivered', 'declined', 'failed', 'cancelled'] as const
export type RecipientState = (typeof RECIPIENT_STATES)[number]

/** Where a mail comes from. */
export type MessageSource = 'reminder'

/** Whose connections and whose pace a mail waits for: a mail server, and the mailbox that logs in there; empty: its own. */
export interface Route {
  mailServerId: string
  mailbox: string
}

/** A mail that is to be accepted, composed but for its identity lines. */
export interface NewMessage {
  source: MessageSource
  /** The row that caused it, e.g. `reminder:<id>`. */
  cause: string | null
  /** Whose mail it is, as the sender rules ask; null: the console's own. */
  originator: string | null
  /** Normalised by our own parser, each once. */
  recipients: readonly string[]
  subject: string
  /** With angle brackets. */
  messageId: string
  bytes: Buffer
  needsUtf8: boolean
}

/** What is written when it is accepted. */
export interface AcceptedMessage extends NewMessage, Route {
  id: string
  acceptedAt: Date
  expiresAt: Date
}

/** Claimed by this process: its own until the lease ends. */
export interface ClaimedMessage extends Route {
  id: string
  fence: number
  source: string
  originator: string | null
  subject: string
  needsUtf8: boolean
  sizeBytes: number
  acceptedAt: Date
  expiresAt: Date
  /** Attempts before this one. */
  attemptCount: number
  mayBeDuplicate: boolean
  /** Null: it is gone, which should not be. */
  bytes: Buffer | LongText | null
  /** Those that still wait. */
  recipients: { position: number; address: string }[]
  /** What earlier attempts came to for the other recipients. */
  endedAs: readonly RecipientState[]
  /** Of its mail server's settings, when it was claimed. */
  version: number
  /** Newest revision of the policy rules, when it was claimed or, after others of its batch, begun. */
  rules: number
  /** Of its mail server, when it was claimed. */
  retryNowCount: number
  /** It waits with the backup of that mail server, whose mail it is; null: with its own. */
  movedFromId: string | null
  /** A backup would not take it. */
  failoverRejected: boolean
}

/** As whom a group of recipients is written to, or that they are not. */
export type Decision =
  | { kind: 'declined'; recipients: readonly string[]; reason: string; trace: DecisionTrace }
  | {
      kind: 'allowed'
      recipients: readonly string[]
      identity: Identity
      envelopeFrom: string
      route: Route
      sender: TriedSender | null
      trace: DecisionTrace
    }
  /** Another mail server is theirs: decided when it is there. */
  | { kind: 'elsewhere'; recipients: readonly string[]; route: Route }
/** A sender besides the mail server's own, at a service that decides who may send as whom. */
export interface TriedSender {
  address: string
  /** What an answer to it is about: under other settings it says nothing. */
  digest: string
  isVerified: boolean
}
/** What is kept of a decision beside the attempt, for people. */
export type DecisionTrace = Readonly<Record<string, string | number | boolean | null>>

export type AttemptOutcome =
  | 'accepted'
  /** This mail, or its recipients. */
  | 'refused'
  /** The way to the server, or the server as a whole. */
  | 'failed'
  /** The connection ended after the final dot, or a worker died: nobody knows. */
  | 'unknown'

/** One try, as it is kept. */
export interface AttemptRecord {
  at: Date
  durationMs: number
  version: number
  decision: DecisionTrace
  /** Positions of the recipients that it was for. */
  positions: readonly number[]
  outcome: AttemptOutcome
  stage: Stage | null
  code: DiagnosisCode | 'declined-by-rule' | null
  reply: string | null
  serverMessageId: string | null
}

export interface RecipientResult {
  position: number
  state: RecipientState
  code: string | null
  reply: string | null
}

/** What becomes of a message after its attempts. */
export interface Settlement {
  id: string
  fence: number
  /** On which it was tried. */
  route: Route
  /** Its recipients' decision names another one, or a backup takes over; null: it stays. */
  nextRoute: Route | null
  /** With whose mail it waits from now on, as `ClaimedMessage` has it. */
  movedFromId: string | null
  failoverRejected: boolean
  state: Exclude<MessageState, 'sending'>
  reason: string | null
  /** Of a queued one. */
  dueAt: Date | null
  lastCode: string | null
  /** The attempt counts against it. */
  counts: boolean
  mayBeDuplicate: boolean
  recipients: readonly RecipientResult[]
  attempts: readonly AttemptRecord[]
  source: string
}
