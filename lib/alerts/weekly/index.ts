import { auditEntry } from '../../audit'
import { ONLY_ROW, type Tx } from '../../db'
import { faultTitle } from '../../diagnosis'
import { type Locale, translatorFor } from '../../i18n/translations'
import { actorName, bind, type Caller, DAY_MS, HOUR_MS } from '../../kernel'
import { type NoticeText, oneLine, type Say } from '../../notifications/notice'
import type { ClaimedNotification } from '../../notifications/store/notifications'
import { clientName } from '../../submission/client-name'
import type { AlertDeps } from '../measure'
import { saveWithChannels } from '../store'
import { type WeeklyFacts, weeklyFacts } from './facts'
import { newestWeek, type Week, weekUntil } from './schedule'
import { dayOf, planReports, readSettings, type WeeklySettings } from './store'

/** The weekly report: what was sent, what failed and what expires next. */
export const createWeekly = (deps: AlertDeps) => ({
  ...bind(deps, { plan, save, preview, notice }),
  ...bind(deps.db, { settings: readSettings }),
})

/** A report that could not be sent for this long is left out; the next one follows. */
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
const save = (deps: AlertDeps, caller: Caller, { version, ...values }: WeeklySettings & { version: number }) => {
  const { channels, ...schedule } = values
  const audit = auditEntry('weekly.change', caller, 'weekly:report', { ...schedule, channels: channels.length })
  const updatedBy = actorName(caller.actor)
  const save = (tx: Tx, updatedAt: Date) =>
    tx.weeklyReport.updateMany({
      where: { ...ONLY_ROW, version },
      data: { ...schedule, version: version + 1, updatedBy, updatedAt },
    })
  return saveWithChannels(deps, 'weekly', audit, save, { read: readSettings, values })
}

/** What the report would say about the seven days up to the last full hour. */
async function preview(deps: AlertDeps, locale: Locale, baseUrl: URL): Promise<NoticeText> {
  const week = weekUntil(new Date(Math.floor(deps.clock.now().getTime() / HOUR_MS) * HOUR_MS))
  return weeklyText(week, await weeklyFacts(deps, week), locale, baseUrl)
}

/** What a due report says; null if the settings changed, or if the next one is due. */
async function notice(deps: AlertDeps, about: readonly ClaimedNotification[], at: Date): ReturnType<Say> {
  const week = newestWeek(await readSettings(deps.db), at)
  if (about[0]?.week?.getTime() !== dayOf(week).getTime()) return null
  const facts = await weeklyFacts(deps, week)
  return {
    about,
    text: (locale, baseUrl) => weeklyText(week, facts, locale, baseUrl),
    event: (baseUrl) => ({ type: 'weekly-report', ...week, ...facts, url: new URL('/overview', baseUrl).href }),
  }
}

const CAUSES_MAX = 5

/** The report in one language. */
function weeklyText({ from, to }: Week, facts: WeeklyFacts, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'alerts')
  const submission = translatorFor(locale, 'submission')
  const { number, moment } = t
  const { sent, failed, causes, clients, expiring } = facts
  const remainder = causes.slice(CAUSES_MAX).reduce((sum, { count }) => sum + count, 0)
  return {
    title: t('weekly.subject', { sent: number(sent), failed: number(failed) }),
    intro: t('weekly.intro', { from: moment(from), to: moment(to) }),
    rows: [
      [t('weekly.sent'), number(sent)],
      [t('weekly.failed'), number(failed)],
      ...causes
        .slice(0, CAUSES_MAX)
        .map(({ code, count }) => row(t('weekly.cause', { cause: faultTitle(code, locale) }), number(count))),
      ...(remainder > 0 ? [row(t('weekly.otherCauses'), number(remainder))] : []),
      ...clients.map(({ name, count }) =>
        row(t('weekly.client', { name: clientName(name, submission) }), number(count)),
      ),
      ...expiring.map(({ kind, name, expiresAt }) =>
        row(t('weekly.expires', { date: moment(expiresAt) }), t(`weekly.expiring.${kind}`, { name })),
      ),
    ],
    how: null,
    why: t('weekly.why'),
    open: t('weekly.open'),
    url: new URL('/overview', baseUrl).href,
  }
}

/** A name must not break the line. */
const row = (label: string, value: string): [string, string] => [oneLine(label), oneLine(value)]
