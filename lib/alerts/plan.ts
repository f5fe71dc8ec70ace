import type { AlertModel, ReminderModel } from '../db/generated/models'
import { groupBy, MINUTE_MS } from '../kernel'
import type { NotificationState } from '../notifications/kinds'
import type { AlertDetails, AlertKind, Condition } from './kinds'

/** A condition that disappears for less than this is the same alert, so that one that comes and goes does not alarm each time. */
export const OVER_AFTER_MS = 5 * MINUTE_MS
/** Number of the notification that an alert is over. The others count from 0. */
export const ALL_CLEAR = -1

interface StoredNotification extends Pick<ReminderModel, 'id' | 'channelId' | 'dueAt'> {
  number: number
  state: NotificationState
}

export interface OpenAlert extends Pick<AlertModel, 'id' | 'subject' | 'heldAt' | 'acknowledgedAt'> {
  kind: AlertKind
  details: AlertDetails
  notifications: readonly StoredNotification[]
}

export interface AlertFacts {
  conditions: readonly Condition[]
  open: readonly OpenAlert[]
  /** Kinds that are watched. */
  kinds: readonly AlertKind[]
  /** Kinds of which nothing is known now, so their alerts stay as they are. */
  unmeasured: readonly AlertKind[]
  /** Machines that report. */
  machines: readonly string[]
  /** Channels that are on and get alerts. */
  channels: readonly string[]
  repeatMs: number
}

export interface AlertPlan {
  /** New alerts; every channel gets the first notification. */
  open: Condition[]
  /** Alerts whose condition is still there, with what is the case now. */
  hold: { id: string; details: Condition['details'] }[]
  close: string[]
  /** Those of them whose machine has stopped reporting, so that it is not known how it is. */
  silent: string[]
  notify: { alertId: string; channelId: string; number: number }[]
  /** Notifications that were not sent and are no longer needed. */
  cancel: string[]
}

/**
 * Plans what happens to alerts now. Every channel gets the first notification, and the same again after `repeatMs` until a person
 * acknowledges it. A channel that got the first one also gets one when the alert is over. Pure: the same facts give the same plan,
 * and after a plan was carried out the next one is empty until something changes.
 */
export function planAlerts(facts: AlertFacts, now: Date): AlertPlan {
  const plan: AlertPlan = { open: [], hold: [], close: [], silent: [], notify: [], cancel: [] }
  const continuing: OpenAlert[] = []
  const watched = facts.conditions.filter(({ kind }) => facts.kinds.includes(kind))
  // Looked up by name: thousands of clients may fall silent at once.
  const [open, byName] = [new Set(facts.open.map(nameOf)), new Map(watched.map((each) => [nameOf(each), each]))]
  plan.open.push(...watched.filter((condition) => !open.has(nameOf(condition))))
  for (const alert of facts.open) {
    for (const { id, channelId } of unsent(alert)) if (!facts.channels.includes(channelId)) plan.cancel.push(id)
    const condition = byName.get(nameOf(alert))
    if (condition) {
      plan.hold.push({ id: alert.id, details: condition.details })
      continuing.push(alert)
    } else if (!facts.kinds.includes(alert.kind)) endAlert(plan, alert, [])
    else if (!facts.unmeasured.includes(alert.kind) && now.getTime() - alert.heldAt.getTime() >= OVER_AFTER_MS) {
      endAlert(plan, alert, facts.channels)
      const { host } = alert.details
      if (typeof host === 'string' && !facts.machines.includes(host)) plan.silent.push(alert.id)
    }
  }
  plan.notify.push(...dueNow(continuing, facts, now))
  return plan
}

const nameOf = ({ kind, subject }: Pick<Condition, 'kind' | 'subject'>): string => `${kind} ${subject}`

const unsent = ({ notifications }: OpenAlert): StoredNotification[] =>
  notifications.filter(({ state }) => state === 'due' || state === 'queued')

/** A repeat takes the alerts of its kind with it whose last notification is older than this part of the pause: from then on they are one notice. */
const EARLY_PART = 0.5

/** What is due of these alerts, whose conditions are still there. */
function dueNow(alerts: readonly OpenAlert[], { channels, repeatMs }: AlertFacts, now: Date): AlertPlan['notify'] {
  const open = alerts.filter(({ acknowledgedAt }) => acknowledgedAt === null)
  const kinds = groupBy(open, ({ kind }) => kind)
  return channels.flatMap((channelId) =>
    [...kinds.values()].flatMap((alertsOfKind) => {
      const next = alertsOfKind.flatMap((alert) => nextOf(alert, channelId, now) ?? [])
      const repeats = next.some(({ number, ageMs }) => number > 0 && ageMs >= repeatMs)
      const leastMs = repeats ? repeatMs * EARLY_PART : repeatMs
      return next.filter(({ ageMs }) => ageMs >= leastMs).map(({ alertId, number }) => ({ alertId, channelId, number }))
    }),
  )
}

/** The next notification of an alert to a channel, and the age of the last one, infinite before the first; null while one waits. */
function nextOf({ id: alertId, notifications }: OpenAlert, channelId: string, now: Date) {
  const sent = notifications.filter((each) => each.channelId === channelId)
  if (sent.some(({ state }) => state === 'due' || state === 'queued')) return null
  const number = Math.max(-1, ...sent.map((each) => each.number)) + 1
  return { alertId, number, ageMs: now.getTime() - Math.max(...sent.map(({ dueAt }) => dueAt.getTime())) }
}

function endAlert(plan: AlertPlan, alert: OpenAlert, channels: readonly string[]): void {
  plan.close.push(alert.id)
  plan.cancel.push(...unsent(alert).map(({ id }) => id))
  const sent = alert.notifications.filter(({ state }) => state === 'sent')
  for (const channelId of channels)
    if (sent.some((each) => each.channelId === channelId))
      plan.notify.push({ alertId: alert.id, channelId, number: ALL_CLEAR })
}
