import { Fold, Panel } from '@/components/panel'
import { Dot } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/text'
import { nextThreshold, reachOf } from '@/lib/credentials/reminders/plan'
import { isLedByWorker } from '@/lib/credentials/rotation/rotation'
import type { CredentialView } from '@/lib/credentials/views'
import { actorName } from '@/lib/kernel'
import { services } from '@/lib/services'
import { FaultLink } from '../../fault-link'
import { nameOf, ProbeResult } from '../_view/labels'
import { AxisHead, axisOf, LifeBar, lifeOf } from '../_view/lifetime'
import { reasonText, stepText } from '../_view/rotation-text'
import type { Shared } from './answer'

/** The newest of each kind; the Activity page has all of them. */
const ROTATIONS_SHOWN = 5
const CHECKS_SHOWN = 30
const REMINDERS_READ = 300
const REMINDERS_SHOWN = 6

/** The lifetimes of the current and the next credential on one axis. */
export function Lifetime(shared: Shared) {
  const { view, slots, watch, now, t } = shared
  const { current, next } = slots
  const credentials = view.slot === 'previous' ? [view] : [current, next].filter((each) => each !== null)
  const lives = credentials.map((each) => ({ each, life: lifeOf(each, watch.thresholdsDays, shared) }))
  const spans = lives.map(({ life }) => life)
  if (spans.every(({ until }) => until === null)) return null
  const axis = axisOf(spans, now)
  return (
    <Panel>
      {/* One alone is said by the answer of the page. */}
      {lives.length > 1 && <h2 className="sr-only">{t('one.lifetime')}</h2>}
      <AxisHead axis={axis} t={t} />
      {lives.map(({ each, life }) => (
        <div key={each.id} className={lives.length > 1 ? 'pt-1' : ''}>
          {lives.length > 1 && <p className="text-xs text-soft">{lifeName(each, shared)}</p>}
          <LifeBar life={life} axis={axis} height={44} />
        </div>
      ))}
    </Panel>
  )
}

function lifeName({ slot, expiresAt }: CredentialView, { t }: Shared): string {
  const name = slot === 'next' ? 'lifeNext' : 'lifeCurrent'
  return expiresAt ? t(`one.${name}`, { day: t.date(expiresAt) }) : t(`one.${name}Undated`)
}

/** What was sent about this credential, newest first, and what comes next. */
export async function RemindersSent({ view, watch, now, t }: Shared) {
  const { credentials, notifications } = services()
  const [all, channels] = await Promise.all([
    credentials.reminders(REMINDERS_READ, view.id),
    notifications.channels.list(),
  ])
  const rows = all.filter(({ state }) => state !== 'cancelled' && state !== 'covered')
  const thresholds = [...new Set(rows.map((row) => row.thresholdDays))]
  const next =
    view.expiresAt && view.slot !== 'previous' ? nextThreshold(view.expiresAt, watch.thresholdsDays, now) : null
  return (
    <Panel title={t('one.reminders')}>
      {thresholds.length === 0 && !next && <p className="text-sm text-faint">{t('one.remindersNone')}</p>}
      <ol className="grid gap-2.5 text-sm">
        {next && (
          <Entry
            dot="fill-edge"
            day={t.clearDay(next.at, now)}
            text={t('one.ahead', { days: next.thresholdDays })}
            about={t(reachOf(channels, view) > 0 ? 'one.upcoming' : 'one.nobody')}
          />
        )}
        {thresholds.slice(0, REMINDERS_SHOWN).map((days) => {
          const members = rows.filter((row) => row.thresholdDays === days)
          const sent = members.filter(({ state }) => state === 'sent')
          return (
            <Entry
              key={days}
              dot={sent.length === members.length ? 'fill-good-fill' : 'fill-warn-fill'}
              day={t.clearDay(members[0]?.sentAt ?? members[0]?.dueAt ?? now, now)}
              text={days < 0 ? t('one.aheadRefused') : t('one.ahead', { days })}
              about={t('one.delivered', { sent: sent.length, count: members.length })}
            />
          )
        })}
      </ol>
    </Panel>
  )
}

const Entry = ({ dot, day, text, about }: Record<'dot' | 'day' | 'text' | 'about', string>) => (
  <li className="grid grid-cols-[0.75rem_6.25rem_minmax(0,1fr)] gap-x-2">
    <Dot className={`mt-1.5 size-2 ${dot}`} />
    <span className="text-soft tabular-nums">{day}</span>
    <span>
      {text}
      <span className="block text-xs text-faint">{about}</span>
    </span>
  </li>
)

/** What Entra answered, newest first. */
export async function Checks({ view, ...context }: Shared) {
  const { t } = context
  const probes = await services().credentials.probes(view.id, CHECKS_SHOWN)
  if (probes.length === 0) return null
  return (
    <Fold summary={t('one.checks')}>
      <Table
        caption={t('one.checksCaption', { name: nameOf(view, t) })}
        rows={probes}
        rowKey={({ at }) => at.toISOString()}
        narrow="cards"
      >
        {(column) => [
          column(t('one.when'), ({ at }) => <Timestamp at={at} {...context} />),
          column(t('one.why'), ({ reason }) => t(`one.reason.${reason}`)),
          column(t('one.answer'), ({ outcome, diagnosisCode }) => (
            <>
              <ProbeResult outcome={outcome} t={t} /> {diagnosisCode && <FaultLink code={diagnosisCode} t={t} />}
            </>
          )),
        ]}
      </Table>
    </Fold>
  )
}

/** The replacements that the worker leads or led. Open while one is in progress or was not finished. */
export function GraphHistory({ rotations: all, now, t }: Shared) {
  const rotations = all.slice(0, ROTATIONS_SHOWN).filter(isLedByWorker)
  const [newest] = rotations
  if (!newest) return null
  const when = (at: Date) => <Timestamp at={at} now={now} t={t} />
  return (
    <Fold summary={t('flow.history')} open={newest.endedAt === null || newest.fault !== null} className="mt-4">
      <Table caption={t('flow.history')} rows={rotations} rowKey={({ id }) => id} narrow="cards">
        {(column) => [
          column(t('graph.table.started'), ({ startedAt }) => when(startedAt)),
          column(t('graph.table.by'), ({ automatic, startedBy }) =>
            automatic ? t('graph.table.automatic') : actorName(startedBy),
          ),
          column(t('graph.table.step'), (rotation) => (
            <>
              {stepText(rotation, t)}
              {rotation.fault && <span className="block text-soft">{reasonText(rotation.fault, rotation, t)}</span>}
            </>
          )),
          column(t('graph.table.next'), ({ nextAttemptAt, endedAt }) =>
            nextAttemptAt ? when(nextAttemptAt) : t(endedAt ? 'graph.table.ended' : 'graph.table.held'),
          ),
        ]}
      </Table>
    </Fold>
  )
}
