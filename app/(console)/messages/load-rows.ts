import type { ShownTime } from '@/components/time'
import { relativeTime, shownTime } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { MESSAGE_STATES, type MessageState } from '@/lib/outbox/message'
import type { MessageRow } from '@/lib/outbox/store/messages'
import { reasonText } from './labels'
import { unconfirmedMinutes } from './unconfirmed'

/** A row of the list, in the reader's language. */
export interface ListedMessage extends Pick<MessageRow, 'id' | 'subject' | 'recipient' | 'attemptCount' | 'state'> {
  /** How many recipients there are besides the first. */
  more?: string
  why?: string
  /** When it is attempted next. */
  next?: string
  accepted: ShownTime
  mayBeDuplicate?: true
}

const LABELS = ['caption', 'choose', 'subject', 'to', 'state', 'accepted', 'tries'] as const
export type TableLabels = Record<(typeof LABELS)[number] | 'mayBeDuplicate', string> & {
  states: Record<MessageState, string>
}

export const tableLabels = (t: Translator<'messages'>): TableLabels => ({
  ...(Object.fromEntries(LABELS.map((key) => [key, t(`table.${key}`)])) as Record<(typeof LABELS)[number], string>),
  states: Object.fromEntries(MESSAGE_STATES.map((state) => [state, t(`state.${state}`)])) as Record<
    MessageState,
    string
  >,
  mayBeDuplicate: t('mayBeDuplicate'),
})

/** Absent values are left out, since the rows are sent along with the page. */
export function listedMessage(
  row: MessageRow,
  {
    now,
    locale,
    t,
    diagnosis,
  }: { now: Date; locale: Locale; t: Translator<'messages'>; diagnosis: Translator<'diagnosis'> },
): ListedMessage {
  const { id, subject, recipient, recipients, attemptCount, state, acceptedAt, dueAt } = row
  const isWaiting = state === 'queued'
  const code = row.reason ?? (isWaiting ? row.lastCode : null)
  const minutes = unconfirmedMinutes(row, now)
  const why = minutes === null ? code && reasonText(code, t, diagnosis) : t('table.unconfirmed', { minutes })
  return {
    ...{ id, subject, recipient, attemptCount, state },
    accepted: shownTime(acceptedAt, now, locale),
    ...(recipients > 1 && { more: t('table.more', { count: recipients - 1 }) }),
    ...(why && { why }),
    ...(isWaiting && dueAt > now && { next: t('table.next', { when: relativeTime(dueAt, now, locale) }) }),
    ...(row.mayBeDuplicate && { mayBeDuplicate: true }),
  }
}
