import { isUrgent, type ShownWarning } from '@/app/(console)/_shell/warning-labels'
import { minutesSince } from '@/app/(console)/messages/unconfirmed'
import type { DeliveryNow } from '@/lib/mail-server'
import type { MailState } from '@/lib/mail-server/status'
import { LIMIT_WARNED_FROM, RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import type { MessageCounts, Unconfirmed } from '@/lib/outbox/store/messages'
import type { MailboxUse } from '@/lib/outbox/store/traffic'

export interface AttentionFacts {
  state: MailState
  isSetUp: boolean
  isVerified: boolean
  keysSound: boolean
  /** The stored settings of a mail server, or their secret, cannot be used. */
  unreadable: boolean
  /** Paused mail servers. `name` is empty if there is only one mail server. */
  pauses: readonly Paused[]
  /** Processes and schedules that have stopped reporting. */
  silent: readonly string[]
  warnings: readonly ShownWarning[]
  counts: MessageCounts
  unconfirmed: Unconfirmed
  now: Date
  remindersGivenUp: number
  /** Number of client secrets without an expiry date. */
  undatedSecrets: number
  use: readonly MailboxUse[]
}

export interface Paused extends NonNullable<DeliveryNow['pause']>, Pick<DeliveryNow, 'failover'> {
  name: string
}

export type Attention = { tone: 'bad' | 'warn' | 'info' } & (
  | { kind: 'not-set-up' | 'keys' | 'failing' | 'unreadable' | 'not-verified' | 'state' }
  | { kind: 'paused'; pause: Paused }
  | { kind: 'silent'; name: string }
  | { kind: 'credential'; warning: ShownWarning }
  | { kind: 'failed' | 'held' | 'reminders-given-up' | 'undated'; count: number }
  | { kind: 'unconfirmed'; count: number; minutes: number }
  | { kind: 'recipients'; use: MailboxUse }
)

/** What needs attention, worst first. Empty if nothing does, and then the status of mail is "Delivering" as well. */
export function attentionOf(facts: AttentionFacts): Attention[] {
  const { state, isSetUp, isVerified, keysSound, unreadable, pauses, silent, warnings, counts, use } = facts
  const { remindersGivenUp, undatedSecrets, unconfirmed, now } = facts
  if (!isSetUp) return [...when(!keysSound, { kind: 'keys', tone: 'bad' }), { kind: 'not-set-up', tone: 'info' }]
  const isRefused = warnings.some((warning) => warning.state === 'refused')
  const isExplained = pauses.length > 0 || isRefused || !keysSound
  const entries: Attention[] = [
    ...when(!keysSound, { kind: 'keys', tone: 'bad' }),
    ...pauses.map(
      (pause): Attention => ({ kind: 'paused', pause, tone: keepsMailFromLeaving(pause) ? 'bad' : 'warn' }),
    ),
    ...when(state === 'failing' && !isExplained, { kind: unreadable ? 'unreadable' : 'failing', tone: 'bad' }),
    ...silent.map((name): Attention => ({ kind: 'silent', name, tone: 'bad' })),
    ...warnings.map(
      (warning): Attention => ({ kind: 'credential', warning, tone: isUrgent(warning) ? 'bad' : 'warn' }),
    ),
    ...when(counts.failed > 0, { kind: 'failed', count: counts.failed, tone: 'bad' }),
    ...when(remindersGivenUp > 0, { kind: 'reminders-given-up', count: remindersGivenUp, tone: 'bad' }),
    ...(unconfirmed.since === null
      ? []
      : [
          {
            kind: 'unconfirmed' as const,
            count: unconfirmed.count,
            minutes: minutesSince(unconfirmed.since, now),
            tone: 'warn' as const,
          },
        ]),
    ...use
      .filter(({ recipientsLastDay }) => recipientsLastDay >= LIMIT_WARNED_FROM * RECIPIENTS_A_DAY_MAX)
      .map((each): Attention => ({ kind: 'recipients', use: each, tone: 'warn' })),
    ...when(undatedSecrets > 0, { kind: 'undated', count: undatedSecrets, tone: 'warn' }),
    ...when(counts.held > 0, { kind: 'held', count: counts.held, tone: 'warn' }),
    ...when(!isVerified && state !== 'failing' && state !== 'failover', { kind: 'not-verified', tone: 'warn' }),
  ]
  // The list is never empty while the status on every page says otherwise.
  if (entries.length === 0 && state !== 'delivering') return [{ kind: 'state', tone: 'warn' }]
  return entries.sort((a, b) => TONES.indexOf(a.tone) - TONES.indexOf(b.tone))
}

/** A pause by a person is intended, and with a failover server the fault is not urgent. */
const keepsMailFromLeaving = ({ code, failover }: Paused): boolean => code !== null && failover === null

const TONES: readonly Attention['tone'][] = ['bad', 'warn', 'info']
const when = (holds: boolean, attention: Attention): Attention[] => (holds ? [attention] : [])
