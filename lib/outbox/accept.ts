import type { Clock } from '../kernel/clock'
import { newOrderedId } from '../kernel/ids'
import { fail, ok, type Result } from '../kernel/result'
import { isWireSafe } from './delivery/wire-safe'
import { coalesce } from './group-commit'
import type { AcceptedMessage, NewMessage } from './message'
import { type CrashPoint, isOfOne, type OutboxStore, type SenderDecision, type Waiting } from './ports'

/** after that a mail that still waits is a dead letter. */
export const GIVE_UP_MS = 5 * 24 * 60 * 60 * 1000
/** Ten times what a mailbox may send in a day; and what a disk of a small server has to spare. */
export const BOUNDS = {
  messages: 100_000,
  bytes: 2 * 1024 ** 3,
  messageBytes: 35 * 1024 ** 2,
  recipients: 100,
} as const
export type Bounds = { readonly [key in keyof typeof BOUNDS]: number }
/** What other processes accept meanwhile is not known here: how far the bounds may be overrun. */
const LOOK_AGAIN_MS = 5_000
/** One turn of a group commit. */
const TURN = { itemsMax: 200, weightMax: 16 * 1024 ** 2, isOfOne }
/** Workers are woken no more often: by one look they find all that came meanwhile. */
const WAKE_EVERY_MS = 50

/** `full`: too much waits. `too-large`, `too-many-recipients`: this one never fits. `malformed`: its bytes may not go on a wire (M-05). */
export type AcceptFault = 'full' | 'too-large' | 'too-many-recipients' | 'malformed'

export interface Acceptance {
  /** Durable when it returns. */
  accept(message: NewMessage): Promise<Result<{ id: string }, AcceptFault>>
  /** For a caller who writes it in his own transaction, with what caused it; `wake` after his commit. */
  prepare(message: NewMessage): Promise<Result<AcceptedMessage, AcceptFault>>
}

export interface AcceptDeps {
  store: Pick<OutboxStore, 'insert' | 'waiting' | 'wake'>
  decision: Pick<SenderDecision, 'route'>
  clock: Clock
  crash: CrashPoint
  bounds: Bounds
}

const NOTHING: Waiting = { messages: 0, bytes: 0 }
const plus = (a: Waiting, b: Waiting): Waiting => ({ messages: a.messages + b.messages, bytes: a.bytes + b.bytes })

export function createAcceptance({ store, decision, clock, crash, bounds }: AcceptDeps): Acceptance {
  let known: Waiting | null = null
  let looking: Promise<void> | null = null
  let lookedMs = Number.NEGATIVE_INFINITY

  /** What is accepted meanwhile may be in its answer and is counted again: too high, as what leaves makes it, never too low. */
  async function look(): Promise<void> {
    const before = known ?? NOTHING
    lookedMs = clock.monotonicMs()
    try {
      const found = await store.waiting()
      const since = known ?? before
      known = plus(found, { messages: since.messages - before.messages, bytes: since.bytes - before.bytes })
    } catch (error) {
      lookedMs = Number.NEGATIVE_INFINITY
      throw error
    } finally {
      looking = null
    }
  }

  async function hasCapacityFor(bytes: number): Promise<boolean> {
    if (clock.monotonicMs() - lookedMs >= LOOK_AGAIN_MS) {
      looking = look()
      looking.catch(() => {}) // told to whoever waits for it
    }
    // Where there is room by the last look, nobody waits for the next one.
    if (!known || !fits(known, bytes)) await looking
    if (!known || !fits(known, bytes)) return false
    known = plus(known, { messages: 1, bytes })
    return true
  }

  const fits = (waiting: Waiting, bytes: number): boolean =>
    waiting.messages < bounds.messages && waiting.bytes + bytes <= bounds.bytes

  async function prepare(message: NewMessage): Promise<Result<AcceptedMessage, AcceptFault>> {
    const { bytes, recipients } = message
    if (recipients.length === 0) throw new Error('A mail for nobody')
    if (recipients.length > bounds.recipients) return fail('too-many-recipients')
    if (bytes.length > bounds.messageBytes) return fail('too-large')
    if (!isWireSafe(bytes)) return fail('malformed')
    if (!(await hasCapacityFor(bytes.length))) return fail('full')
    const route = await decision.route(message)
    const acceptedAt = clock.now()
    const expiresAt = new Date(acceptedAt.getTime() + GIVE_UP_MS)
    return ok({ ...message, ...route, id: newOrderedId(acceptedAt), acceptedAt, expiresAt })
  }

  let wokenMs = Number.NEGATIVE_INFINITY
  let isWaking = false
  /** Only a hint, which nobody waits for: workers look by themselves too. */
  function wakeSoon(): void {
    if (isWaking) return
    isWaking = true
    setTimeout(
      () => {
        isWaking = false
        wokenMs = clock.monotonicMs()
        store.wake().catch(() => {})
      },
      wokenMs + WAKE_EVERY_MS - clock.monotonicMs(),
    )
  }

  const insert = coalesce<AcceptedMessage, true>(
    async (messages) => {
      await store.insert(messages)
      crash('after-commit')
      wakeSoon()
      return messages.map(() => true)
    },
    { ...TURN, weigh: ({ bytes }) => bytes.length },
  )

  return {
    prepare,
    async accept(message) {
      crash('after-read')
      const prepared = await prepare(message)
      if (!prepared.ok) return prepared
      await insert(prepared.value)
      return ok({ id: prepared.value.id })
    },
  }
}
