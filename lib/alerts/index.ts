import os from 'node:os'
import { auditEntry, audited } from '../audit'
import { named, ONLY_ROW, type Tx } from '../db'
import { actorName, bind, type Caller, fail, HOUR_MS, type Logger, ok, type Result } from '../kernel'
import { recurringFaults } from '../kernel/recurring-faults'
import type { Say } from '../notifications/notice'
import { type ClaimedNotification, withdraw } from '../notifications/store/notifications'
import { conditionsOf, type Measurements } from './conditions'
import { REPEAT_HOURS, THRESHOLDS } from './kinds'
import { type AlertDeps, measure, reportMachine, sharedAt } from './measure'
import { ALL_CLEAR, planAlerts } from './plan'
import {
  type AlertSettings,
  alertsById,
  applyPlan,
  channelsFor,
  IS_UNSENT,
  listAlerts,
  notifiedOf,
  readOpen,
  readSettings,
  saveWithChannels,
} from './store'
import { alertNotice } from './text'
import { createWeekly } from './weekly'

/** What people are notified of over the channels of the reminders: conditions until they are over, and what happened in a week. */
export function createAlerts({ log, ...more }: Omit<AlertDeps, 'faults'> & { log: Pick<Logger, 'info' | 'warn'> }) {
  const deps = { ...more, faults: recurringFaults(log) }
  return {
    ...bind(deps, { watch, save, acknowledge, notice, reportMachine }),
    ...bind(deps.db, {
      list: listAlerts,
      notified: notifiedOf,
      byId: alertsById,
      settings: readSettings,
    }),
    weekly: createWeekly(deps),
  }
}
export type Alerts = ReturnType<typeof createAlerts>

/** For the worker, every minute: measures, and stores alerts and the notifications that are due. */
async function watch(deps: AlertDeps): Promise<void> {
  const { db, clock } = deps
  const now = clock.now()
  const settings = await readSettings(db)
  const { kinds, silentHours } = settings
  // What cannot be measured is left as it is and does not hide the rest.
  const shared = sharedAt(db, now, silentHours * HOUR_MS)
  const parts = await Promise.all(kinds.map((kind) => measure(deps, kind, shared)))
  const measured: Measurements = Object.assign({}, ...parts)
  const unmeasured = kinds.filter((kind) => !(kind in measured))
  const [open, channels] = await Promise.all([readOpen(db), channelsFor(db, { alerts: true, enabled: true })])
  const conditions = conditionsOf(measured, settings, now)
  const repeatMs = settings.repeatHours * HOUR_MS
  const machines = [os.hostname(), ...(await shared.elsewhere.catch(() => [])).map(({ host }) => host)]
  const plan = planAlerts({ conditions, open, kinds, unmeasured, machines, channels, repeatMs }, now)
  if (Object.values(plan).some((part) => part.length > 0)) await applyPlan(db, plan, channels, now)
}

/** `invalid`: names of the fields that hold no number within their bounds. */
export type SaveFault = { kind: 'invalid'; fields: string[] } | { kind: 'changed' }

async function save(
  deps: AlertDeps,
  caller: Caller,
  { version, ...settings }: AlertSettings & { version: number },
): Promise<Result<void, SaveFault>> {
  const bounds = [...Object.values(THRESHOLDS), { field: 'repeatHours' as const, ...REPEAT_HOURS }]
  const fields = bounds.flatMap(({ field, min, max }) => {
    const value = settings[field]
    return Number.isInteger(value) && value >= min && value <= max ? [] : [field]
  })
  if (fields.length > 0) return fail({ kind: 'invalid', fields })
  const { channels, ...stored } = settings
  const details = { ...stored, kinds: stored.kinds.join(' '), channels: channels.length }
  const audit = auditEntry('alert.change', caller, 'alerts:settings', details)
  const updatedBy = actorName(caller.actor)
  const save = (tx: Tx, updatedAt: Date) =>
    tx.alertSettings.updateMany({
      where: { ...ONLY_ROW, version },
      data: { ...stored, version: version + 1, updatedBy, updatedAt },
    })
  const saved = await saveWithChannels(deps, 'alerts', audit, save, { read: readSettings, values: settings })
  return saved ? ok(undefined) : fail({ kind: 'changed' })
}

/**
 * Stops the repeats and takes back what waits, so that nothing more is sent about this alert until it is over.
 *
 * @returns false if it is over, or acknowledged already
 */
const acknowledge = (deps: AlertDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, auditEntry('alert.acknowledge', caller, `alert:${id}`), async (tx, acknowledgedAt) => {
    const alert = { id: named(id), closedAt: null, acknowledgedAt: null }
    const unsent = await tx.reminder.findMany({ where: { alert, ...IS_UNSENT }, select: { id: true } })
    const ids = unsent.map((reminder) => reminder.id)
    await withdraw(tx, ids, 'cancelled', acknowledgedAt)
    return tx.alert.updateMany({
      where: alert,
      data: { acknowledgedAt, acknowledgedBy: actorName(caller.actor) },
    })
  })

/** What the notifications of one delivery say now, without those whose alert is not there any more, was acknowledged or is over. */
async function notice({ db }: AlertDeps, claimed: readonly ClaimedNotification[], at: Date): ReturnType<Say> {
  const ids = claimed.flatMap(({ alertId }) => alertId ?? [])
  const alerts = new Map((await alertsById(db, ids)).map((alert) => [alert.id, alert]))
  const known = claimed.flatMap((each) => {
    const alert = alerts.get(each.alertId ?? '')
    const isNeeded = alert && (each.thresholdDays === ALL_CLEAR || !(alert.acknowledgedAt ?? alert.closedAt))
    return isNeeded ? [{ each, alert }] : []
  })
  const [first, ...more] = known
  if (!first) return null
  const notice = alertNotice([first.alert, ...more.map(({ alert }) => alert)], first.each.thresholdDays, at)
  return { about: known.map(({ each }) => each), ...notice }
}
