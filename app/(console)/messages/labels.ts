import type { Tone } from '@/components/answer'
import type { Formats } from '@/lib/i18n/formats'
import type { Translator } from '@/lib/i18n/translations'
import { MINUTE_MS } from '@/lib/kernel'
import { MESSAGES_A_MINUTE_MAX } from '@/lib/outbox/delivery/limits'
import { COUNTED_BY_STATE_MAX, COUNTED_MAX, type MessageState, UNCONFIRMED_AFTER_MS } from '@/lib/outbox/message'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import type { MessageRow } from '@/lib/outbox/store/messages'

export const TONE_OF: Record<MessageState, Tone> = {
  queued: 'warn',
  sending: 'info',
  held: 'warn',
  delivered: 'good',
  declined: 'neutral',
  failed: 'bad',
  dismissed: 'neutral',
  cancelled: 'neutral',
}

/** States in which a message is not sent again, and was not accepted for certain. */
const UNSENT: readonly MessageState[] = ['cancelled', 'declined', 'failed', 'dismissed']

/** What is not known of a message after an attempt without an answer: whether it arrived at all or, if it was or will be sent again, how often. */
export function doubtAbout({ state, mayBeDuplicate }: Pick<MessageRow, 'state' | 'mayBeDuplicate'>) {
  if (!mayBeDuplicate) return null
  return UNSENT.includes(state) ? 'mayHaveArrived' : 'mayBeDuplicate'
}

export const sourceText = ({ source }: Pick<MessageRow, 'source'>, t: Translator<'messages'>): string =>
  t.lookUp(`source.${source}`) ?? source

/** The title of a fault inside a sentence: in English it begins in lower case, unless with a name. */
export const inSentence = (title: string, { locale }: Formats): string =>
  locale === 'en' && !/^(?:Entra|Exchange|Microsoft|[A-Z]{2})/.test(title)
    ? title.charAt(0).toLowerCase() + title.slice(1)
    : title

/** How many are counted, "1,000+" if no more are. */
export const cappedCount = (count: number, t: Formats): string => `${t.number(count)}${count >= COUNTED_MAX ? '+' : ''}`

/** Why a message that is due still waits: how many come before it, and how fast they are sent if that takes more than a minute. */
export function aheadText(count: number, isExchange: boolean, t: Translator<'messages'>): string {
  if (count === 0) return ''
  const speed =
    isExchange && count >= MESSAGES_A_MINUTE_MAX ? ` ${t('detail.speed', { max: MESSAGES_A_MINUTE_MAX })}` : ''
  return t('detail.ahead', { count, countShown: cappedCount(count, t) }) + speed
}

/** That a message waits, for a fault until its next attempt is due; `dueAt` is null while nothing is attempted. */
export function queuedTitle(message: { fault: string; dueAt: Date | null; now: Date; t: Translator<'messages'> }) {
  const { fault, dueAt, now, t } = message
  if (!fault || dueAt === null) return t('detail.queued')
  return dueAt > now ? t('detail.waiting', { title: fault }) : t('detail.again')
}

/** How many messages of a state or a client there are, "10,000+" if no more are counted. */
export const shownCount = (count: number, t: Formats): string =>
  `${t.number(Math.min(count, COUNTED_BY_STATE_MAX))}${count >= COUNTED_BY_STATE_MAX ? '+' : ''}`

/** How many messages of a group there are, such as "1,000+" if only the newest failed ones were grouped: what is done to it is done to older ones too. */
export const groupedCount = (count: number, groups: readonly Pick<FailureGroup, 'count'>[], t: Formats): string =>
  `${t.number(count)}${groups.reduce((sum, group) => sum + group.count, 0) >= COUNTED_MAX ? '+' : ''}`

export const minutesSince = (at: Date, now: Date): number => Math.floor((now.getTime() - at.getTime()) / MINUTE_MS)

/** For how many whole minutes the server has not replied; null while that is not unusual. */
export function unconfirmedMinutes({ state, begunAt }: Pick<MessageRow, 'state' | 'begunAt'>, now: Date) {
  if (state !== 'sending' || begunAt === null) return null
  return now.getTime() - begunAt.getTime() < UNCONFIRMED_AFTER_MS ? null : minutesSince(begunAt, now)
}
