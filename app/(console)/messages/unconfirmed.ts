import { MINUTE_MS } from '@/lib/kernel/time'
import { UNCONFIRMED_AFTER_MS } from '@/lib/outbox/message'
import type { MessageRow } from '@/lib/outbox/store/messages'

export const minutesSince = (at: Date, now: Date): number => Math.floor((now.getTime() - at.getTime()) / MINUTE_MS)

/** For how many whole minutes the server has not replied; null while that is not unusual. */
export function unconfirmedMinutes(
  { state, begunAt }: Pick<MessageRow, 'state' | 'begunAt'>,
  now: Date,
): number | null {
  if (state !== 'sending' || begunAt === null) return null
  return now.getTime() - begunAt.getTime() < UNCONFIRMED_AFTER_MS ? null : minutesSince(begunAt, now)
}
