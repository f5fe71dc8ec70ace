import { DAY_MS } from '../kernel/time'
import type { ExpiringView } from './views'

/** An alarm at nine in the morning is noticed; one at midnight is not. The alarm of the day itself rings at midnight, before it is too late. */
const ALARM_HOUR = 9

/** The expiry of one credential or API key, as a whole day without a time zone. */
export type CalendarEvent = ReturnType<typeof calendarEvents>[number]

/**
 * One event for each credential that has an expiry date. The event of a replaced or removed one is cancelled; the credential
 * that takes its place has its own event.
 *
 * @param namespace never changes, so that an event keeps its UID for good
 */
export function calendarEvents(
  views: readonly ExpiringView[],
  { thresholdsDays, namespace }: { thresholdsDays: readonly number[]; namespace: string },
) {
  return views.flatMap((credential) => {
    const { expiresAt, slot, replacedAt, removedAt, expiryVersion, id } = credential
    const isCancelled = slot === 'previous' || removedAt !== null || expiresAt === null
    const day = expiresAt ?? (expiryVersion > 1 ? (removedAt ?? replacedAt) : null)
    if (!day) return []
    return {
      credential,
      /** The same for the whole life of the credential (RFC 5545 §3.8.4.7). */
      uid: `credential-${id}@${namespace}`,
      /** Increases with each change of the date, and once more when the event is cancelled (§3.8.7.4). */
      sequence: expiryVersion - 1 + (isCancelled ? 1 : 0),
      /** Midnight UTC of the day on which it expires. */
      day: new Date(Math.floor(day.getTime() / DAY_MS) * DAY_MS),
      isCancelled,
      alarms: isCancelled ? [] : alarmsAt(thresholdsDays),
    }
  })
}

/** Days before the expiry, and how many seconds before that day begins the alarm rings. */
const alarmsAt = (thresholdsDays: readonly number[]) =>
  thresholdsDays.map((daysBefore) => ({
    daysBefore,
    secondsBefore: Math.max(0, daysBefore * 86_400 - ALARM_HOUR * 3_600),
  }))
