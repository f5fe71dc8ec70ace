import { auditEntry } from '../../audit/entry'
import type { NoticeText, OtherNotice } from '../../credentials/reminders/notice'
import type { ClaimedReminder } from '../../credentials/store/reminder-mails'
import type { Locale } from '../../i18n/locale'
import { actorName, type Caller } from '../../kernel/actor'
import { bind } from '../../kernel/bind'
import { DAY_MS, HOUR_MS } from '../../kernel/time'
import type { AlertDeps } from '../measure'
import { weeklyFacts } from './facts'
import { newestWeek, weekUntil } from './schedule'
import { dayOf, planReports, readSettings, type WeeklySettings, writeSettings } from './store'
import { weeklyNotice, weeklyText } from './text'

/** The weekly report: what was sent, what failed and what expires next. */
export const createWeekly = (deps: AlertDeps) => ({
  ...bind(deps, { plan, save, preview }),
  ...bind(deps.db, { settings: readSettings }),
})

/** A report that could not be sent for so long is left out; the next one follows. */
const LATE_MS_MAX = 3 * DAY_MS

/** For the worker, every minute: the report of the newest week becomes due, unless it was to be sent before the settings were saved. */
async function plan({ db, clock }: AlertDeps): Promise<void> {
  const now = clock.now()
  const settings = await readSettings(db)
  const week = newestWeek(settings, now)
  const isLate = now.getTime() - week.to.getTime() > LATE_MS_MAX
  const { updatedAt } = settings
  if (!isLate && updatedAt !== null && updatedAt <= week.to) await planReports(db, week)
}

/** @returns false if another person saved since `version` */
const save = (
  { db, clock }: AlertDeps,
  caller: Caller,
  { version, ...settings }: WeeklySettings & { version: number },
): Promise<boolean> => {
  const details = { ...settings, channels: settings.channels.length }
  const audit = auditEntry('weekly.change', caller, 'weekly:report', details)
  return writeSettings(db, settings, { version, by: actorName(caller.actor), at: clock.now(), audit })
}

/** What the report would say about the seven days up to the last full hour. */
async function preview(deps: AlertDeps, locale: Locale, baseUrl: URL): Promise<NoticeText> {
  const week = weekUntil(new Date(Math.floor(deps.clock.now().getTime() / HOUR_MS) * HOUR_MS))
  return weeklyText(week, await weeklyFacts(deps, week), locale, baseUrl)
}

/** What a due report says; null if the settings changed, or if the next one is due. */
export async function weekNotice(deps: AlertDeps, due: ClaimedReminder): Promise<OtherNotice | null> {
  const now = deps.clock.now()
  const week = newestWeek(await readSettings(deps.db), now)
  if (due.week?.getTime() !== dayOf(week).getTime()) return null
  return weeklyNotice(week, await weeklyFacts(deps, week), due.deliveryId, now)
}
