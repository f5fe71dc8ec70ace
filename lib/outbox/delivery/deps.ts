import type { Credentials } from '../../credentials'
import type { DatabaseClock } from '../../db'
import type { Diagnosis } from '../../diagnosis'
import type { Logger, Result } from '../../kernel'
import type { Budget } from '../../kernel/budget'
import type { Deadlines } from '../../kernel/deadline'
import type { SenderRecorder } from '../../mail-server/senders/cache'
import type { MailTransport } from '../../smtp/contracts'
import type { messageFactory } from '../../smtp/message'
import type { Envelope, GroupDecision } from '../message'
import type { OutboxStore } from '../store/store'
import type { ChoiceContext } from './choose-sender'
import type { Openings } from './places'

export interface DeliveryDeps {
  store: OutboxStore
  /** Claims that run at a time. */
  claims: Budget
  clock: DatabaseClock
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  credentials: Pick<Credentials, 'login' | 'renew'>
  chooseSenders(envelope: Envelope, context: ChoiceContext): Promise<Result<GroupDecision[], Diagnosis>>
  senders: SenderRecorder
  openings: Openings
  transport: Pick<MailTransport, 'connect'>
  factory: Pick<typeof messageFactory, 'sign'>
  /** From 0 to 1, for jitter. */
  random(): number
  deadlines: Deadlines
  /** How long a message's rate-limit token stays used after the message was sent. */
  messageRestMs: number
  /** Number of this worker, by which others see whether it is running. */
  worker: number
  /** How long a claim or a rate-limit token lasts unless it is renewed. */
  leaseMs: number
}
