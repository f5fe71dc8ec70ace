import type { DiagnosisCode, Retry } from '../../kernel/diagnosis-code'
import { HOUR_MS, MINUTE_MS } from '../../kernel/time'
import { isSenderRefusal } from '../../mail-server/senders/rejection'

const FIRST_MS = MINUTE_MS
const LONGEST_MS = 4 * HOUR_MS
/** `later`: a quota of a day frees itself by the hour. */
const LATER_MS = 2 * HOUR_MS
/** What settles at Microsoft does so within an hour, as a rule. */
const SETTLING_MS = 5 * MINUTE_MS
export const SETTLES_WITHIN_MS = 2 * HOUR_MS
/** Each pause is up to a fifth shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.2

export interface RetryFacts {
  retry: Retry
  /** Attempts that counted, this one included. */
  attemptCount: number
  now: Date
  expiresAt: Date
  /** When settings or credential were changed last; null: unknown. */
  changedAt: Date | null
  /** From 0 to 1. */
  random: number
}

/** When a mail is tried again; null: never, it is a dead letter. */
export function planRetry({ retry, attemptCount, now, expiresAt, changedAt, random }: RetryFacts): Date | null {
  const pauseMs = pauseOf(retry, attemptCount, isSettling(changedAt, now))
  if (pauseMs === null) return null
  const dueAt = new Date(now.getTime() + Math.round(pauseMs * (1 + JITTER * (2 * random - 1))))
  return dueAt > expiresAt ? null : dueAt
}

function pauseOf(retry: Retry, attemptCount: number, settling: boolean): number | null {
  switch (retry) {
    case 'yes':
      return Math.min(FIRST_MS * 2 ** Math.min(Math.max(attemptCount, 1) - 1, 20), LONGEST_MS)
    case 'later':
      return LATER_MS
    case 'settling':
      return settling ? SETTLING_MS : null
    case 'no':
      return null
  }
}

export const isSettling = (changedAt: Date | null, now: Date): boolean =>
  changedAt !== null && now.getTime() - changedAt.getTime() < SETTLES_WITHIN_MS

/** Even its shortest is longer than a failed token is told again from memory (lib/entra/token-cache): the next try asks anew. */
const ROUTE_FIRST_MS = 15_000
const PROBE_MS = 15 * MINUTE_MS

/**
 * F-10: while a mail server is paused, one mail is tried so often; within two hours of a change of settings, sooner. What may pass by
 * itself (a pause while a backup takes over): each time after as long again as it has lasted.
 */
export function probePauseMs(retry: Retry, { settling, lastedMs }: { settling: boolean; lastedMs: number }): number {
  if (retry === 'yes') return Math.min(Math.max(lastedMs, ROUTE_FIRST_MS), PROBE_MS)
  return retry === 'settling' && settling ? SETTLING_MS : PROBE_MS
}

/** A pause of the whole route, after its connections failed `times` in a row. */
export const routePauseMs = (times: number, random: number): number =>
  Math.round(Math.min(ROUTE_FIRST_MS * 2 ** Math.min(times - 1, 10), 15 * MINUTE_MS) * (1 + JITTER * (2 * random - 1)))

/** Answers that are about the mailbox or the whole server, at whatever step they come. */
const ABOUT_THE_ROUTE: readonly DiagnosisCode[] = [
  'concurrency-exceeded',
  'reputation-block',
  'daily-quota-exceeded',
  'tenant-recipient-limit',
  'server-busy',
  'temporarily-refused',
]
/** At a recipient or a message they are about that alone. */
const PASSING: readonly DiagnosisCode[] = ['server-busy', 'temporarily-refused']
/** A person must mend them for any mail to leave. */
const ABOUT_THE_SERVER: readonly DiagnosisCode[] = [
  'not-authenticated',
  'starttls-required',
  'mailbox-permission-missing',
  'sender-blocked',
  'tenant-blocked',
  'domain-not-registered',
  'wrong-region',
  'our-address-blocked',
  'helo-rejected',
]

/** Whom a failure concerns: this mail, all that wait for the same connections, or the mail server until somebody mends it. */
export type Scope = 'message' | 'route' | 'server'

export function scopeOf(
  { code, stage, retry }: { code: DiagnosisCode; stage: string; retry: Retry },
  { isOwnSender, isOwnMailbox }: { isOwnSender: boolean; isOwnMailbox: boolean },
): Scope {
  // Another mailbox that may not log in or send holds up its own mail; what is wrong with all of them shows at the server's own.
  if (!isOwnMailbox && isSenderRefusal(code, { ownLogin: true })) return code === 'send-as-denied' ? 'message' : 'route'
  const beforeAnyMail = stage === 'settings' || stage === 'token' || stage === 'claims' || stage === 'auth'
  const onTheWay = stage === 'connect' || stage === 'tls'
  if (beforeAnyMail || onTheWay) return retry === 'yes' || retry === 'later' ? 'route' : 'server'
  if (ABOUT_THE_SERVER.includes(code)) return 'server'
  // The From line of the server's own sender is the same in every message, so the next one would be refused as well.
  if (code === 'send-as-denied' || code === 'from-header-invalid') return isOwnSender ? 'server' : 'message'
  if (ABOUT_THE_ROUTE.includes(code) && (stage === 'sender' || !PASSING.includes(code))) return 'route'
  return 'message'
}
