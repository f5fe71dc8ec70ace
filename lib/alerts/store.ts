import { type AuditEntry, audited, type Wanted } from '../audit'
import { type Db, type DbDeps, ONLY_ROW, type Tx } from '../db'
import type { Alert as AlertRow } from '../db/generated/client'
import { isLocale, type Locale } from '../i18n/locale'
import { compareNames, groupBy, isUuid, MINUTE_MS, newId } from '../kernel'
import type { NotificationState } from '../notifications/kinds'
import { insertNotifications, withdraw } from '../notifications/store/notifications'
import { ALERT_KINDS, type AlertDetails, type AlertKind, type Condition, type ThresholdField } from './kinds'
import { ALL_CLEAR, type AlertPlan, type OpenAlert } from './plan'

/** What is watched, and how often people are reminded of it. */
export interface AlertSettings extends Record<ThresholdField, number> {
  kinds: AlertKind[]
  repeatHours: number
  /** Language of the reports about failures. */
  reportLocale: Locale
  /** Ids of the channels that get alerts. */
  channels: string[]
}
export type StoredAlertSettings = AlertSettings & { version: number; updatedBy: string | null; updatedAt: Date | null }

export const IS_UNSENT = { state: { in: ['due', 'queued'] } }
const isKind = (kind: string): kind is AlertKind => ALERT_KINDS.some((known) => known === kind)

export async function readSettings(db: Tx): Promise<StoredAlertSettings> {
  const [{ id: _, kinds, reportLocale, ...settings }, channels] = await Promise.all([
    db.alertSettings.findUniqueOrThrow({ where: ONLY_ROW }),
    channelsFor(db, { alerts: true }),
  ])
  const locale = isLocale(reportLocale) ? reportLocale : 'en'
  return { ...settings, kinds: kinds.filter(isKind), reportLocale: locale, channels }
}

/** Ids of the channels that get these notices, in their order and without those for owners alone. */
export async function channelsFor(db: Tx, where: { alerts?: true; weekly?: true; enabled?: true }): Promise<string[]> {
  const rows = await db.notificationChannel.findMany({ where: { ...where, ownerOnly: false }, select: { id: true } })
  return rows.map(({ id }) => id).sort()
}

/**
 * Saves what the notices are about. From then on exactly these channels get them.
 *
 * @returns false if someone else saved, so that there was nothing to change
 */
export const saveWithChannels = (
  deps: DbDeps,
  topic: 'alerts' | 'weekly',
  audit: AuditEntry,
  save: (tx: Tx, at: Date) => Promise<{ count: number }>,
  { read, values }: Wanted & { values: { channels: string[] } },
): Promise<boolean> => {
  const channels = values.channels.toSorted()
  const change = async (tx: Tx, at: Date) => {
    const saved = await save(tx, at)
    if (saved.count === 0) return saved
    // In one order: alerts and the weekly report may be saved at once.
    await tx.$executeRaw`SELECT FROM "NotificationChannel" ORDER BY "id" FOR NO KEY UPDATE`
    await tx.notificationChannel.updateMany({ where: { id: { in: channels } }, data: { [topic]: true } })
    await tx.notificationChannel.updateMany({ where: { id: { notIn: channels } }, data: { [topic]: false } })
    return saved
  }
  return audited(deps, audit, change, { read, values: { ...values, channels } })
}

export async function readOpen(db: Db): Promise<OpenAlert[]> {
  const rows = await db.alert.findMany({ where: { closedAt: null }, include: { reminders: true } })
  return rows.flatMap(({ kind, reminders, ...alert }) => {
    const notifications = reminders.map((row) => ({
      ...row,
      number: row.thresholdDays,
      state: row.state as NotificationState,
    }))
    return isKind(kind) ? { ...alert, kind, details: alert.details as AlertDetails, notifications } : []
  })
}

/** Carries a plan out, in as many statements for hundreds of alerts as for one. Keys of the rows refuse what another worker has done already. */
export async function applyPlan(db: Db, plan: AlertPlan, channels: readonly string[], now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    // Before any alert is written: a person who acknowledges one locks the rows in this order too.
    await withdraw(tx, plan.cancel, 'cancelled', now)
    const opened = await tx.$queryRaw<{ id: string; kind: string }[]>`
      INSERT INTO "Alert" ("id", "kind", "subject", "details", "openedAt", "heldAt")
      SELECT each."id", each."kind", each."subject", each."details"::jsonb, ${now}, ${now}
      FROM unnest(${plan.open.map(newId)}::uuid[], ${plan.open.map(({ kind }) => kind)}::text[],
        ${plan.open.map(({ subject }) => subject)}::text[], ${plan.open.map(inJson)}::text[]) AS each("id", "kind", "subject", "details")
      ON CONFLICT ("kind", "subject") WHERE "closedAt" IS NULL DO NOTHING RETURNING "id", "kind"`
    const first = opened.flatMap(({ id }) => channels.map((channelId) => ({ alertId: id, channelId, number: 0 })))
    await notify(tx, first, opened, now)
    await tx.$executeRaw`
      UPDATE "Alert" a SET "heldAt" = ${now}, "details" = each."details"::jsonb
      FROM unnest(${plan.hold.map(({ id }) => id)}::uuid[], ${plan.hold.map(inJson)}::text[]) AS each("id", "details")
      WHERE a."id" = each."id" AND a."closedAt" IS NULL`
    await tx.$executeRaw`
      UPDATE "Alert" SET "details" = "details" || '{"ended": "machine-silent"}'
      WHERE "id" = ANY(${plan.silent}::uuid[]) AND "closedAt" IS NULL`
    // One of which a notification is being sent is over in a later turn, when it is known whether its channel needs an all-clear.
    const closed = await tx.alert.updateManyAndReturn({
      where: { id: { in: plan.close }, closedAt: null, reminders: { none: IS_UNSENT } },
      data: { closedAt: now },
      select: { id: true, kind: true },
    })
    const over = new Set(closed.map(({ id }) => id))
    const due = plan.notify.filter(({ alertId, number }) => number !== ALL_CLEAR || over.has(alertId))
    await notify(tx, due, closed, now)
  })
}

const inJson = ({ details }: Pick<Condition, 'details'>): string => JSON.stringify(details)

const SHARED_MS = 30 * MINUTE_MS

/** Clients fall silent one after the other, as their habits differ, and so they send again: those of half an hour share a notice. */
function notify(tx: Tx, rows: AlertPlan['notify'], changed: readonly { id: string; kind: string }[], now: Date) {
  const shared = new Set(changed.flatMap(({ id, kind }) => (kind === 'client-silent' ? id : [])))
  const later = new Date(Math.ceil(now.getTime() / SHARED_MS) * SHARED_MS)
  const asRow = ({ number, ...row }: (typeof rows)[number]) => ({
    ...row,
    expiryVersion: 0,
    thresholdDays: number,
    state: 'due',
    dueAt: shared.has(row.alertId) ? later : now,
  })
  return insertNotifications(tx, rows.map(asRow))
}

/** One alert, as pages list it. */
export interface Alert extends Omit<AlertRow, 'kind' | 'details' | 'heldAt'> {
  kind: AlertKind
  details: AlertDetails
}

/** Open alerts and the newest that are over, newest first. */
export async function listAlerts(db: Db, overMax: number): Promise<Alert[]> {
  const orderBy = [{ openedAt: 'desc' as const }, { id: 'desc' as const }]
  const [open, over] = await Promise.all([
    db.alert.findMany({ where: { closedAt: null }, orderBy }),
    db.alert.findMany({ where: { closedAt: { not: null } }, orderBy, take: overMax }),
  ])
  return [...open, ...over].flatMap(alertOf)
}

/** The names of the channels through which a notification about each of these alerts was delivered, by the alert's id. */
export async function notifiedOf(db: Db, ids: readonly string[]): Promise<Map<string | null, string[]>> {
  const sent = await db.reminder.findMany({
    where: { alertId: { in: [...ids] }, state: 'sent' },
    select: { alertId: true, channel: { select: { name: true } } },
    distinct: ['alertId', 'channelId'],
  })
  const byAlert = groupBy(sent, ({ alertId }) => alertId)
  return new Map([...byAlert].map(([id, rows]) => [id, rows.map(({ channel }) => channel.name).toSorted(compareNames)]))
}

/** These alerts, as far as they exist. */
export const alertsById = async (db: Db, ids: readonly string[]): Promise<Alert[]> =>
  (await db.alert.findMany({ where: { id: { in: ids.filter(isUuid) } } })).flatMap(alertOf)

const alertOf = ({ heldAt: _, kind, details, ...alert }: AlertRow): Alert[] =>
  isKind(kind) ? [{ ...alert, kind, details: details as AlertDetails }] : []
