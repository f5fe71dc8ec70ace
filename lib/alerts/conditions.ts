import { DAY_MS, HOUR_MS, MINUTE_MS } from '../kernel'
import type { AlertKind, Condition, ThresholdField } from './kinds'

/** Failures are counted over this time, so that a single failed message is no flood. */
export const FAILURES_OVER_MS = 5 * MINUTE_MS
/** A client is regular if it sent in at least this number of hours. */
const REGULAR_HOURS_MIN = 10
/** They are on at least this number of days. */
const REGULAR_DAYS_MIN = 5
/** A regular client is silent after this many times its longest pause, so that a weekend is none. */
const PAUSES = 2
const GIB = 1024 ** 3

/** What was measured. A kind is missing if it could not be measured, or need not be. */
export interface Measurements {
  /** The message that has waited longest, at a mail server that sends and at one that is paused. */
  'queue-age'?: readonly { since: Date; messages: number; server: string; isPaused: boolean }[]
  /** Messages that failed within `FAILURES_OVER_MS`, and the most frequent cause, if it is known. */
  failures?: { count: number; cause?: string; withCause?: number }
  'server-paused'?: readonly { id: string; name: string; at: Date; by: string }[]
  /** When the listener's certificate expires on each machine that has one, the first to expire first. */
  certificate?: readonly { host: string; expiresAt: Date }[]
  /** What is free on each machine, least first. */
  disk?: readonly { host: string; freeBytes: number }[]
  'client-silent'?: readonly ClientHistory[]
}

/** When a client sent, up to its last message: the beginnings of those hours, oldest first. */
export interface ClientHistory {
  id: string
  name: string
  lastAt: Date
  hours: readonly Date[]
  /** Whether an open alert says already that it is silent. */
  hasAlert: boolean
}

type Thresholds = Readonly<Record<ThresholdField, number>>

/** What people should know. Pure: the same measurements give the same conditions. */
export function conditionsOf(measured: Measurements, thresholds: Thresholds, now: Date): Condition[] {
  const ageMs = (at: Date): number => now.getTime() - at.getTime()
  const { failures } = measured
  const [certificate, disk] = [measured.certificate?.[0], measured.disk?.[0]]
  /** There is one alert, about the machine that is worst off. */
  const at = (machines: readonly { host: string }[] = []): Condition['details'] => ({
    host: machines[0]?.host ?? '',
    machines: machines.length,
  })
  // A paused mail server is another condition.
  const waiting = (measured['queue-age'] ?? []).filter(({ isPaused }) => !isPaused || !measured['server-paused'])
  const [queue] = waiting.toSorted((one, other) => one.since.getTime() - other.since.getTime())
  const conditions: Condition[] = []
  const add = (kind: AlertKind, subject: string, details: Condition['details']) =>
    conditions.push({ kind, subject, details })
  if (queue && ageMs(queue.since) >= thresholds.queueMinutes * MINUTE_MS)
    add('queue-age', '', {
      minutes: Math.floor(ageMs(queue.since) / MINUTE_MS),
      messages: queue.messages,
      server: queue.server,
    })
  if (failures && failures.count >= (thresholds.failuresPerMinute * FAILURES_OVER_MS) / MINUTE_MS)
    add('failures', '', { ...failures, minutes: FAILURES_OVER_MS / MINUTE_MS })
  for (const { id, name, at, by } of measured['server-paused'] ?? [])
    if (ageMs(at) >= thresholds.pausedMinutes * MINUTE_MS)
      add('server-paused', `mail-server:${id}`, { server: name, since: at.toISOString(), by })
  if (certificate && -ageMs(certificate.expiresAt) < thresholds.certificateDays * DAY_MS)
    add('certificate', '', { expiresAt: certificate.expiresAt.toISOString(), ...at(measured.certificate) })
  if (disk && disk.freeBytes < thresholds.diskGib * GIB)
    add('disk', '', { freeMib: Math.floor(disk.freeBytes / 1024 ** 2), ...at(measured.disk) })
  for (const client of measured['client-silent'] ?? [])
    if (isSilent(client, thresholds.silentHours * HOUR_MS, now))
      add('client-silent', `client:${client.id}`, { client: client.name, lastAt: client.lastAt.toISOString() })
  return conditions
}

/** Whether a client that used to send regularly has not sent for much longer than it ever paused. */
export function isSilent({ lastAt, hours, hasAlert }: ClientHistory, leastMs: number, now: Date): boolean {
  if (hasAlert) return now.getTime() - lastAt.getTime() >= leastMs
  const days = new Set(hours.map((at) => Math.floor(at.getTime() / DAY_MS)))
  if (hours.length < REGULAR_HOURS_MIN || days.size < REGULAR_DAYS_MIN) return false
  const pauses = hours.slice(1).map((at, nth) => at.getTime() - (hours[nth]?.getTime() ?? 0))
  return now.getTime() - lastAt.getTime() >= Math.max(leastMs, PAUSES * Math.max(...pauses))
}
