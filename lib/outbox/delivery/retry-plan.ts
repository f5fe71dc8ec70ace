import { HOUR_MS, MINUTE_MS, PROPAGATES_WITHIN_MS, type Retry, SECOND_MS } from '../../kernel'

const FIRST_PAUSE_MS = MINUTE_MS
const LONGEST_PAUSE_MS = 4 * HOUR_MS
/** For `later`: a daily quota frees up hour by hour. */
const LATER_MS = 2 * HOUR_MS
/** A change at Microsoft usually propagates within an hour. */
const PROPAGATION_PAUSE_MS = 5 * MINUTE_MS
/** Each pause is up to a fifth shorter or longer, so that messages that failed together are not attempted together again. */
const JITTER = 0.2

export interface RetryFacts {
  retry: Retry
  /** Attempts that counted, including this one. */
  attempts: number
  now: Date
  expiresAt: Date
  /** When the settings or the credential last changed; null if that is unknown. */
  changedAt: Date | null
  /** From 0 to 1, for jitter. */
  random: number
}

/** When a message is attempted again, or null if it has failed for good. */
export function planRetry({ retry, attempts, now, expiresAt, changedAt, random }: RetryFacts): Date | null {
  const pauseMs = pauseOf(retry, attempts, isChangePropagating(changedAt, now))
  if (pauseMs === null) return null
  const dueAt = new Date(now.getTime() + withJitter(pauseMs, random))
  return dueAt > expiresAt ? null : dueAt
}

function pauseOf(retry: Retry, attempts: number, isPropagating: boolean): number | null {
  switch (retry) {
    case 'yes':
      return Math.min(FIRST_PAUSE_MS * 2 ** (Math.max(attempts, 1) - 1), LONGEST_PAUSE_MS)
    case 'later':
      return LATER_MS
    case 'settling':
      return isPropagating ? PROPAGATION_PAUSE_MS : null
    case 'no':
      return null
  }
}

const withJitter = (ms: number, random: number): number => Math.round(ms * (1 + JITTER * (2 * random - 1)))

/** Whether a change made at `changedAt` may not have reached all of Microsoft's servers yet. */
export const isChangePropagating = (changedAt: Date | null, now: Date): boolean =>
  changedAt !== null && now.getTime() - changedAt.getTime() < PROPAGATES_WITHIN_MS

/**
 * Even with jitter it is longer than a failed token is answered from the cache (lib/entra/token-cache), so a retry requests a new one unless
 * Entra has asked for a longer pause.
 */
const FIRST_QUEUE_PAUSE_MS = 15 * SECOND_MS
const QUEUE_PAUSE_MAX_MS = 15 * MINUTE_MS
const PROBE_PAUSE_MS = 15 * MINUTE_MS

/**
 * How long until one message is attempted at a paused mail server. It is sooner while a change propagates. After a fault that may
 * pass (the server is paused because a failover server has taken over), the pause is as long as the server has been paused so far.
 */
export function probePauseMs(
  retry: Retry,
  { isPropagating, pausedForMs }: { isPropagating: boolean; pausedForMs: number },
): number {
  if (retry === 'yes') return Math.min(Math.max(pausedForMs, FIRST_QUEUE_PAUSE_MS), PROBE_PAUSE_MS)
  return retry === 'settling' && isPropagating ? PROPAGATION_PAUSE_MS : PROBE_PAUSE_MS
}

/** How long a whole delivery queue pauses after its connections failed `failures` times in a row. */
export const queuePauseMs = (failures: number, random: number): number =>
  withJitter(Math.min(FIRST_QUEUE_PAUSE_MS * 2 ** (failures - 1), QUEUE_PAUSE_MAX_MS), random)
