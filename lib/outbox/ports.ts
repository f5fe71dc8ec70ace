import type { AuditEntry } from '../audit/entry'
import type { Diagnosis } from '../diagnosis'
import type { AccessToken } from '../entra/contracts'
import type { Clock } from '../kernel/clock'
import type { Deadlines } from '../kernel/deadline'
import type { TokenClaims } from '../kernel/faults'
import type { Logger } from '../kernel/log'
import type { Result } from '../kernel/result'
import type { SenderEvidence } from '../mail-server/senders/cache'
import type { Pauses } from '../mail-server/store/pauses'
import type { MailTransport, MessageFactory, SmtpServer } from '../smtp/contracts'
import type {
  AcceptedMessage,
  AttemptRecord,
  ClaimedMessage,
  Decision,
  MessageState,
  RecipientState,
  Route,
  Settlement,
} from './message'
import type { Retention, StoredRetention } from './retention'
import type { TrafficSpan } from './traffic'

// ── Who sends as whom ───────────────────────────────────────────────────────────────────────────────────────────────

export interface Letter {
  originator: string | null
  recipients: readonly string[]
}

/** Decided at each attempt, on the settings in force when the message was claimed and the rules when it was begun; never at acceptance. */
export interface SenderDecision {
  /** Where a mail will probably go: whose pace it waits for. */
  route(letter: Letter): Promise<Route>
  /** Every recipient is in exactly one decision. Where nothing can be decided, nothing is sent. */
  decide(
    letter: Letter,
    /** `rules`: their newest number. `movedFromId`: it stands in for that one, whose mail is its own for now. */
    settings: { mailServerId: string; version: number; rules: number; movedFromId: string | null },
  ): Promise<Result<Decision[], Diagnosis>>
}

// ── Logging in ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a route's connections log in now. */
export interface RouteLogin {
  server: SmtpServer
  /** Null for a password, or none. */
  token: AccessToken | null
  /** Of the token, to tell why a server refuses it; null where there is none, or it does not decode. */
  claims(): TokenClaims | null
  /** After the server refused the token (535): another one, once. Null: it was renewed moments ago, or there is none. */
  renew(signal: AbortSignal): Promise<Result<RouteLogin | null, Diagnosis>>
}

export interface RouteLogins {
  login(route: Route, signal: AbortSignal): Promise<Result<RouteLogin, Diagnosis>>
}

// ── The store ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A route on which something waits. */
export interface DueRoute extends Route {
  /** When its first message is due. */
  dueAt: Date
  version: number
  /** Counts how often its mail server's mail was to be tried at once. */
  retryNowCount: number
  /** The service counts messages and recipients of a mailbox (Exchange Online). */
  isPaced: boolean
  /** Whose connections and counts: of the mailbox that logs in, whichever mail servers do so; at a server that does not count, its own. */
  pace: Route
  paused: { at: Date; by: string; code: string | null; nextProbeAt: Date | null; version: number | null } | null
  hasBackup: boolean
  /** Mail of another mail server waits there, as with its backup. */
  hasMoved: boolean
}

export interface Waiting {
  messages: number
  bytes: number
}

export interface Settled {
  /** False: the lease ran out and another worker has it; the result changed nothing. */
  settled: boolean
  /** The next message was marked as begun; false: it was taken back meanwhile. */
  begun: boolean
  /** Newest revision of the policy rules, to decide about the next one. */
  rules: number
}

/** One of a group cannot be stored, and so none of it was: not the store is at fault, but what it was given. */
export class Unstorable extends Error {
  override readonly name = 'Unstorable'
}
export const isOfOne = (thrown: unknown): boolean => thrown instanceof Unstorable

export interface OutboxStore extends Pauses {
  /**
   * Durable when it returns.
   * @throws Unstorable
   */
  insert(messages: readonly AcceptedMessage[]): Promise<void>
  /** What waits, for the bounds. */
  waiting(): Promise<Waiting>
  /** Wakes whoever waits for something to do. */
  wake(): Promise<void>

  dueRoutes(): Promise<DueRoute[]>
  /**
   * The first due ones of a route, their lease and fence in the same statement; the first is marked as begun.
   * @param limits at most so many messages, and bytes unless the first alone has more. `probe`: although it is paused.
   */
  claim(
    route: Route,
    holder: string,
    limits: { messages: number; bytes: number; leaseMs: number; probe: boolean },
  ): Promise<ClaimedMessage[]>
  /** Marks a claimed one as begun. */
  begin(id: string, fence: number): Promise<boolean>
  /**
   * Results of attempts, each with what is begun next on its connection; durable when it returns.
   * @throws Unstorable
   */
  settle(results: readonly { settlement: Settlement; next: { id: string; fence: number } | null }[]): Promise<Settled[]>
  /** Claimed, never begun: they wait again, nothing counted. */
  giveBack(messages: readonly { id: string; fence: number }[]): Promise<void>
  /** Every lease of these holders, their permits among them. Tells the slots that the server wants closed. */
  renewLeases(holders: readonly string[], leaseMs: number): Promise<{ closed: (Route & { slot: number })[] }>
  /** What dead workers held. The one each connection had begun is marked: it may arrive twice. */
  reap(interruptionsMax: number): Promise<{ freed: number; begun: number }>

  /** Null: all are taken. */
  takePermit(
    pace: Route,
    kind: PermitKind,
    by: { holder: string; worker: number; leaseMs: number },
  ): Promise<number | null>
  releasePermit(pace: Route, kind: PermitKind, slot: number, holder: string, restMs: number): Promise<void>
  /** Workers that hold connections and whose session at the database is gone. */
  absentWorkers(): Promise<number[]>
  /** Of those among them that are still absent; resolves with how many. */
  freeConnections(workers: readonly number[]): Promise<number>
  /** When the next one is free. */
  permitFreeAt(pace: Route, kind: PermitKind): Promise<Date | null>
  /** All but the first connection stay closed, each for its own time. */
  closeConnections(pace: Route, ms: { min: number; max: number }): Promise<void>
  /** Recipients in the last 24 hours, of a mailbox at a service that counts. */
  recipientsToday(pace: Route): Promise<number>

  /** Those that were begun before `at`. */
  unconfirmed(at: Date): Promise<Unconfirmed>
  /** Which mail server takes its mail over for now; null: none, it waits. */
  standIn(mailServerId: string): Promise<string | null>
  /**
   * What is due there goes where it belongs: to the backup that takes over, or home from one that need not or cannot any more.
   * Never a mail that may have left already. Tells how many.
   */
  move(mailServerId: string): Promise<number>

  retention(): Promise<StoredRetention>
  /** Refused when it was changed since version `after`; either leaves the audit row. */
  saveRetention(
    wanted: Retention,
    save: { after: number; by: string; audit: AuditEntry },
  ): Promise<Result<{ version: number }, 'changed-meanwhile'>>
  /** At most so many messages and as many texts; tells how many. */
  removeOld(limits: {
    failedBodiesBefore: Date
    messagesBefore: Date
    countersBefore: Date
    rows: number
  }): Promise<number>

  list(filter: MessageFilter, page: { before: string | null; rows: number }): Promise<MessageRow[]>
  message(id: string): Promise<MessageDetail | null>
  counts(countedMax: number): Promise<MessageCounts>
  /** What is to leave then is tried at once, although its mail server's connections failed (`retryNowCount`). */
  change(change: MessageChange, audit: (count: number) => AuditEntry): Promise<number>

  /** What ended in each hour since then, over all mailboxes; an hour without anything is absent. */
  traffic(since: Date): Promise<TrafficSpan[]>
  /** The busiest mailboxes at servers that count; a mail server's own is there although it sent nothing. */
  mailboxUse(): Promise<MailboxUse[]>
}

export type PermitKind = 'connection' | 'message'

export interface MessageFilter {
  states?: readonly MessageState[]
  /** Whole address, as our parser writes it. */
  recipient?: string
  /** All of them are in its subject, sender, recipients or Message-ID (search-text.ts). */
  terms?: readonly string[]
}

export interface MessageRow {
  id: string
  state: MessageState
  reason: string | null
  source: string
  originator: string | null
  subject: string
  /** The first one, and how many there are. */
  recipient: string
  recipients: number
  acceptedAt: Date
  dueAt: Date
  endedAt: Date | null
  /** Since when an attempt is under way, or null if none is. */
  begunAt: Date | null
  attemptCount: number
  mayBeDuplicate: boolean
  lastCode: string | null
}

export interface MessageDetail extends MessageRow {
  messageId: string
  mailServerId: string
  mailbox: string
  sizeBytes: number
  expiresAt: Date
  /** Null: it cannot be sent again. */
  hasBody: boolean
  to: { address: string; state: RecipientState; code: string | null; reply: string | null; at: Date | null }[]
  /** Newest first. */
  attempts: KeptAttempt[]
  /** It waits with a backup of that mail server; null: with its own. */
  movedFromId: string | null
}

/** As it is kept: through which mail server it was, and for which recipients. */
export interface KeptAttempt extends Omit<AttemptRecord, 'positions'> {
  mailServerId: string
  /** How many it was for. */
  recipients: number
  /** Their addresses; empty if they are not known. */
  addresses: readonly string[]
}

/** Messages whose attempts have been under way for longer than servers usually take to answer. */
export interface Unconfirmed {
  count: number
  /** The longest of them, or null if there is none. */
  since: Date | null
}

/** `failed` counts to a limit. */
export type MessageCounts = Record<'queued' | 'sending' | 'held' | 'failed', number>

/** How much a mailbox has used of what the service lets it do (limits.ts). */
export interface MailboxUse {
  /** Address that logs in. */
  mailbox: string
  messagesLastMinute: number
  /** In whole hours, one more than 24: as delivery counts. */
  recipientsLastDay: number
}

/** By ids, or all in a state. */
export interface MessageChange {
  to: 'held' | 'released' | 'cancelled' | 'resent' | 'hurried'
  which: { ids: readonly string[] } | { state: MessageState; rows: number }
  expiresAt: Date
}

// ── All together ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Told between two steps; a test stops the process there, the shipped wiring does nothing. */
export type CrashPoint = (
  point: 'after-read' | 'after-commit' | 'after-claim' | 'after-dot' | 'after-250' | 'after-pause' | 'after-move',
) => void
export const nowhere: CrashPoint = () => {}

export interface DeliveryDeps {
  store: OutboxStore
  clock: Clock
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  logins: RouteLogins
  decision: SenderDecision
  senders: SenderEvidence
  transport: Pick<MailTransport, 'connect'>
  factory: Pick<MessageFactory, 'sign'>
  crash: CrashPoint
  /** From 0 to 1, for jitter. */
  random(): number
  deadlines: Deadlines
  /** How long a message's permit rests after its end. */
  messageRestMs: number
  /** Number of this worker, by which others know whether it lives. */
  worker: number
  /** How long a claim and a permit hold without a word of this process. */
  leaseMs: number
}
