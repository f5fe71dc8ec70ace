import { faultTitle } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { MESSAGE_STATES, nextQueueOf } from '@/lib/outbox/message'
import type { ListedRow } from '@/lib/outbox/store/messages'
import { doubtAbout, unconfirmedMinutes } from './labels'

const LABELS = ['caption', 'choose', 'chooseAll', 'subject', 'to', 'server', 'state', 'accepted', 'attempts'] as const
export type TableLabels = ReturnType<typeof tableLabels>
export const tableLabels = (t: Translator<'messages'>) => ({
  ...recordOf(LABELS, (key) => t(`table.${key}`)),
  states: recordOf(MESSAGE_STATES, (state) => t(`state.${state}`)),
})

export type ListedMessage = ReturnType<typeof listedMessage>

/** A row of the list, in the reader's language. Absent values are left out, since the rows are sent along with the page. */
export function listedMessage(
  row: ListedRow,
  context: {
    /** Names of the mail servers by id; empty if there is only one. */
    servers: ReadonlyMap<string, string>
    /** Ids of those that attempt nothing. */
    paused: readonly string[]
    now: Date
    t: Translator<'messages'>
  },
) {
  const { servers, paused, now, t } = context
  const { id, subject, recipient, recipients, attemptCount, state, acceptedAt } = row
  const isWaiting = state === 'queued'
  const next = nextQueueOf(row, paused)
  const isAttempted = isWaiting && !paused.includes(next.mailServerId)
  // The word for a declined message says it all.
  const code = state === 'declined' ? null : (row.reason ?? (isWaiting ? row.lastCode : null))
  const minutes = unconfirmedMinutes(row, now)
  const why = minutes === null ? code && faultTitle(code, t.locale) : t('table.unconfirmed', { minutes })
  const from = row.sender ?? row.originator
  const server = servers.get(row.movedFromId ?? row.mailServerId)
  const doubt = doubtAbout(row)
  const failover = row.movedFromId === null ? undefined : servers.get(row.mailServerId)
  return {
    id,
    subject: subject || t('noSubject'),
    recipient,
    attemptCount,
    state,
    accepted: { iso: acceptedAt.toISOString(), short: t.recentTime(acceptedAt, now), full: t.time(acceptedAt) },
    ...(from && { from }),
    ...(server && { server }),
    ...(recipients > 1 && { more: t('table.more', { count: recipients - 1 }) }),
    ...(why && { why }),
    ...(failover && {
      failover: t('table.failover', { server: failover, accepted: state === 'delivered' ? 'yes' : 'no' }),
    }),
    ...(isAttempted && next.dueAt > now && { next: t('table.next', { when: t.relativeTime(next.dueAt, now) }) }),
    ...(doubt && { doubt: t(`doubt.${doubt}.title`) }),
  }
}
