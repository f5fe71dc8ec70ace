import type { AttemptModel, MessageModel } from '../db/generated/models'
import type { DiagnosisCode, Stage } from '../kernel'
import type { Decision } from '../policy/decide'
import type { Identity as ChosenIdentity } from '../policy/sender'
import type { Identity, LongText } from '../smtp/contracts'
import type { WireSafe } from '../smtp/wire-safe'

export const MESSAGE_STATES = [
  'queued',
  'sending',
  'held',
  'delivered',
  'declined',
  'failed',
  'dismissed',
  'cancelled',
] as const
/**
 * `declined`: policy rules declined it for every recipient, which is no failure. `delivered`: the server accepted it for every
 * recipient that the rules allow. `failed`: at least one recipient will not get what the rules allow. `dismissed`: it failed, and a
 * person has dealt with the failure, so that it no longer counts.
 */
export type MessageState = (typeof MESSAGE_STATES)[number]
/** Why a message is held, failed or cancelled, or not for all recipients, unless a diagnosis says why. */
export type MessageReason =
  | 'partly'
  | 'unreadable'
  | 'interrupted'
  | 'by-person'
  | 'by-client'
  | 'restored'
  | 'not-needed'
  | 'declined-by-rule'
  | 'declined-in-part'
export type FailureCode = DiagnosisCode | 'declined-by-rule'
export type RecipientState = 'queued' | 'delivered' | 'declined' | 'failed' | 'cancelled'

/**
 * How a message came here: from a reminder, a client by SMTP or HTTP, an operator, as the report of another one's failure, or as a notice
 * to an operator about their account.
 */
export const MESSAGE_SOURCES = ['reminder', 'smtp', 'api', 'console', 'report', 'notice'] as const
export type MessageSource = (typeof MESSAGE_SOURCES)[number]
/** Attempted before everything that waits, because they are of no use after thousands of messages of an outage. */
export const NOTIFICATIONS: readonly MessageSource[] = ['reminder', 'notice']

/** The messages of one mail server and mailbox, which share connections. `mailbox` is empty for the server's own mailbox. */
export interface DeliveryQueue {
  mailServerId: string
  mailbox: string
}

export interface WaitingQueue extends DeliveryQueue, Pick<MessageModel, 'movedFromId' | 'failoverRejected'> {
  dueAt: Date
  /** Attempts there that counted. */
  attemptCount: number
}

/** For whom a message is, and on whose behalf; `originator` is null for the console's own mail. */
export interface Envelope {
  originator: string | null
  recipients: readonly string[]
}

/** A message to accept. It is composed except for From and Reply-To, which each attempt decides. */
export interface NewMessage extends Envelope {
  /** An id made by `newOrderedId`, if the message already contains it; absent otherwise. */
  id?: string
  source: MessageSource
  /** The row that caused it, e.g. `reminder:<id>`. */
  cause: string | null
  /** Normalised by our own parser, without duplicates. */
  recipients: readonly string[]
  subject: string
  /** With angle brackets. */
  messageId: string
  bytes: WireSafe
  needsUtf8: boolean
  /** Absent for the console's own mail. */
  submission?: Submission
}

export interface Submission {
  /** Null for an operator. */
  clientId: string | null
  /** The envelope's sender, to whom a failure is reported; null if it is not reported. */
  returnPath: string | null
  /** The From, Sender and Reply-To fields as the client wrote them: one character a byte, each line with its CRLF. */
  originalLines: string | null
  /** Stored with the message; a second message of this client with the same key is not. Absent without a key. */
  idempotency?: Idempotency | undefined
}

/** How a repeated request is recognised. */
export interface Idempotency {
  key: string
  /** SHA-256 of the request. */
  bodyHash: string
}

export interface AcceptedMessage extends NewMessage, DeliveryQueue {
  id: string
  acceptedAt: Date
  /** Further queues in which recipients wait. */
  otherQueues: readonly DeliveryQueue[]
  /** After this time there are no more attempts. */
  expiresAt: Date
}

/** A message that this process has claimed: no other worker touches it until the lease ends. */
export interface ClaimedMessage
  extends DeliveryQueue,
    Pick<MessageModel, 'id' | 'fence' | 'originator' | 'needsUtf8' | 'sizeBytes' | 'originalLines' | 'expiresAt'>,
    Pick<MessageModel, 'mayBeDuplicate' | 'movedFromId' | 'failoverRejected'> {
  source: MessageSource
  /** Attempts in this queue before this one that counted. */
  attemptCount: number
  otherQueues: readonly WaitingQueue[]
  /** Null if the text is missing, which is an error of ours. */
  bytes: Buffer | LongText | null
  /** The recipients that still wait. */
  recipients: { position: number; address: string }[]
  finalStates: readonly RecipientState[]
  /** Version of the mail server's settings when the message was claimed. */
  version: number
  /** Newest revision of the policy rules when the message was claimed or, later in its batch, begun. */
  rules: number
  /** How often an immediate retry of this mail server's messages had been requested when the message was claimed. */
  retryNowCount: number
}

export type GroupDecision =
  | { kind: 'declined'; recipients: readonly string[]; trace: DecisionTrace }
  | AllowedGroup
  /** The recipients belong to another mail server, which decides once the message is there. */
  | { kind: 'elsewhere'; recipients: readonly string[]; queue: DeliveryQueue }

/** Recipients that get the message from the same sender. */
export interface AllowedGroup {
  kind: 'allowed'
  recipients: readonly string[]
  identity: Identity
  envelopeFrom: string
  queue: DeliveryQueue
  sender: GroupSender | null
  trace: DecisionTrace
}

/** A sender that is not the mail server's default one, at a service that checks who may send as which address. */
export interface GroupSender {
  address: string
  /** Identifies the settings under which evidence about the sender is valid. */
  digest: string
  isVerified: boolean
}

/** What the attempt's log shows about a decision. */
export interface DecisionTrace {
  /** What decided: a rule, the default action (`last-line`), or neither, for the console's own mail. */
  by?: Decision['by']['kind']
  rule?: number
  name?: string
  /** Null if the message was declined. Absent if no sender could be chosen. */
  from?: string | null
  replyTo?: string
  /** The mailbox that logged in, unless it is the mail server's own. */
  login?: string
  /** Why the originator's own address was not used. */
  note?: NonNullable<ChosenIdentity['note']>
  /** Name of the mail server for which this one took over, and the diagnosis that paused it. */
  backupFor?: string
  because?: string | null
}

export type AttemptOutcome =
  | 'accepted'
  /** The server refused this message or its recipients. */
  | 'refused'
  /** The server was not reached, or it refuses all our mail. */
  | 'failed'
  /** The connection ended after the final dot, or a worker crashed: the server may have the message. */
  | 'unknown'

/** One attempt for one group of recipients, as it is stored. */
export interface AttemptRecord extends Pick<AttemptModel, 'at' | 'version' | 'reply' | 'serverMessageId'> {
  /** With the wait for a turn to open the connection. */
  durationMs: number
  decision: DecisionTrace
  positions: readonly number[]
  outcome: AttemptOutcome
  stage: Stage | null
  code: FailureCode | null
}

export interface RecipientResult {
  position: number
  state: RecipientState
  code: FailureCode | null
  reply: string | null
}

export interface AttemptResult {
  id: string
  fence: number
  queue: DeliveryQueue
  /** The queue that it moves to, because recipients belong there or for failover; null if it stays. */
  nextQueue: DeliveryQueue | null
  /** Attempts in the queue that it moves to; null if this attempt is one of them. */
  nextAttemptCount: number | null
  /** Further queues in which recipients wait from now on; null if there are none, and were none. */
  otherQueues: readonly WaitingQueue[] | null
  /** As in `ClaimedMessage`, from now on. */
  movedFromId: string | null
  failoverRejected: boolean
  state: 'queued' | 'held' | 'delivered' | 'declined' | 'failed'
  reason: FailureCode | MessageReason | null
  /** When a queued message is attempted next; null for the other states. */
  dueAt: Date | null
  lastCode: FailureCode | null
  /** False if the attempt says nothing about this message, as when the server was not reached at all. */
  isCounted: boolean
  mayBeDuplicate: boolean
  recipients: readonly RecipientResult[]
  attempts: readonly AttemptRecord[]
  source: MessageSource
}

/** The queue in which a message is attempted next: the one due first whose mail server is not paused, if there is one. */
export const nextQueueOf = <Queue extends Pick<WaitingQueue, 'mailServerId' | 'dueAt'>>(
  message: Queue & { otherQueues: readonly Queue[] },
  paused: readonly string[],
): Queue =>
  [message, ...message.otherQueues]
    .toSorted((one, other) => one.dueAt.getTime() - other.dueAt.getTime())
    .find(({ mailServerId }) => !paused.includes(mailServerId)) ?? message

/** A reply that takes longer is reported on the pages. */
export const UNCONFIRMED_AFTER_MS = 30_000

/** Failed messages, and those that wait, are counted up to this number: the pages say "1,000 and more". */
export const COUNTED_MAX = 1_000
/** The messages of a state, or of a client, are counted up to this number: "10,000+". */
export const COUNTED_BY_STATE_MAX = 10_000
