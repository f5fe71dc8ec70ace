import { CREDENTIALS_PATH, credentialPath, REMINDERS_PATH } from '@/app/paths'
import { Panel, Part } from '@/components/panel'
import { Foreign, Link, TextLink, Timestamp } from '@/components/text'
import { nextReportAt, type Schedule } from '@/lib/alerts/weekly/schedule'
import { nextProbeAt } from '@/lib/credentials/probe-time'
import { isWatched, nextThreshold, plannedChannels, reachAmong } from '@/lib/credentials/reminders/plan'
import { renewalTime } from '@/lib/credentials/rotation/due-renewals'
import type { Watch } from '@/lib/credentials/store/watch-settings'
import { type CredentialView, type ExpiringView, holderOf } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'
import type { Silent } from '@/lib/operations/status'
import { expiringPath } from '../credentials/_view/labels'
import { upcoming } from './attention'

const ROWS_MAX = 6

type Coming = { at: Date } & (
  | { kind: 'expires' | 'check' | 'reminder' | 'renewal'; view: ExpiringView }
  | { kind: 'report'; view: null }
)

export interface ScheduleFacts {
  views: readonly CredentialView[]
  /** API keys that expire next. */
  keys: readonly ExpiringView[]
  channels: Parameters<typeof plannedChannels>[0]
  watch: Pick<Watch, 'thresholdsDays' | 'rotateDaysBefore'>
  weekly: Schedule & { channels: readonly string[] }
  silent: readonly Pick<Silent, 'name'>[]
  now: Date
}

/** Of what the worker does at a known time, unless it is silent, the next of each kind; and what expires later and is not a warning yet. */
export function comingUp(facts: ScheduleFacts): Coming[] {
  const { views, keys, silent } = facts
  const isSilent = silent.some(({ name }) => name === 'worker')
  const expiring = upcoming([...views, ...keys]).map(
    ({ view, expiresAt: at }): Coming => ({ kind: 'expires', view, at }),
  )
  return [...(isSilent ? [] : scheduled(facts)), ...expiring].sort(bySoonest)
}

function scheduled({ views, keys, channels, watch, weekly, now }: ScheduleFacts): Coming[] {
  const planned = plannedChannels(channels)
  const reminders = [...views, ...keys].flatMap((view): Coming[] => {
    const next = view.expiresAt && nextThreshold(view.expiresAt, watch.thresholdsDays, now)
    const isSent = next && isWatched(view) && reachAmong(planned, view) > 0
    // A reminder on the day of the expiry says nothing that its date does not.
    return isSent && next.thresholdDays > 0 ? [{ kind: 'reminder', view, at: next.at }] : []
  })
  const prepared = views.filter(({ slot }) => slot === 'next').map(({ mailServer }) => mailServer.id)
  const renewals = views.flatMap((view): Coming[] => {
    if (watch.rotateDaysBefore === null || view.slot !== 'current' || prepared.includes(view.mailServer.id)) return []
    const at = renewalTime(view, watch.rotateDaysBefore, now)
    return at && at > now ? [{ kind: 'renewal', view, at }] : []
  })
  const checks = views.flatMap((view): Coming[] => {
    const at = nextProbeAt(view, now)
    return at ? [{ kind: 'check', view, at }] : []
  })
  const isReported = channels.some(({ id, enabled }) => enabled && weekly.channels.includes(id))
  const report: Coming[] = isReported ? [{ kind: 'report', view: null, at: nextReportAt(weekly, now) }] : []
  return [checks, reminders, renewals, report].flatMap((rows) => rows.sort(bySoonest).slice(0, 1))
}

const bySoonest = (a: Coming, b: Coming): number => a.at.getTime() - b.at.getTime()

export function ComingUp({ coming, now, t }: ViewContext<'overview'> & { coming: readonly Coming[] }) {
  if (coming.length === 0) return null
  const all = <TextLink href={CREDENTIALS_PATH}>{t('next.all')}</TextLink>
  return (
    <Part id="next" title={t('next.title')} aside={all}>
      <Panel flush>
        <ul className="divide-y divide-line text-sm">
          {coming.slice(0, ROWS_MAX).map((row) => (
            <li
              key={`${row.kind} ${row.view?.id}`}
              className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 px-4.5 py-2.5"
            >
              <Link href={placeOf(row)} className="font-[550] text-ink hover:text-accent hover:underline">
                <Foreign>{textOf(row, t)}</Foreign>
              </Link>
              <Timestamp
                at={row.at}
                now={now}
                t={t}
                {...(row.kind !== 'check' && row.kind !== 'report' && { show: 'date' })}
              />
            </li>
          ))}
        </ul>
      </Panel>
    </Part>
  )
}

function placeOf(row: Coming): string {
  if (row.kind === 'report') return `${REMINDERS_PATH}#weekly`
  if (row.kind === 'reminder') return REMINDERS_PATH
  return row.kind === 'expires' ? expiringPath(row.view) : credentialPath(row.view.id)
}

function textOf({ kind, view }: Coming, t: ViewContext<'overview'>['t']): string {
  if (view === null) return t('next.report')
  const isNext = kind === 'expires' && view.slot === 'next'
  return t(`next.${isNext ? 'nextExpires' : kind}`, {
    server: holderOf(view).name,
    kind: t(`tasks.kind.${view.kind}`),
  })
}
