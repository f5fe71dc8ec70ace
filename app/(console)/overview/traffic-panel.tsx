import { shownCount } from '@/app/(console)/messages/labels'
import { messagesHref, NO_CONDITIONS, type View } from '@/app/(console)/messages/query'
import { OVERVIEW_PATH, withQuery } from '@/app/paths'
import { StackedBars } from '@/components/bars'
import { Segments } from '@/components/list-controls'
import { Fold, Panel } from '@/components/panel'
import { Dot } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Link } from '@/components/text'
import type { TextContext } from '@/lib/i18n/translations'
import type { StateCounts } from '@/lib/outbox/store/list'
import { type Traffic, totalOf } from '@/lib/outbox/traffic'

const EVERY_HOURS = 6
const EVERY_DAYS = 7

export type TrafficPeriod = 'day' | 'month'

interface TrafficProps extends TextContext<'overview'> {
  period: TrafficPeriod
  traffic: Traffic
  counts: StateCounts
}

/** What was sent in the last day or month, as bars, as four numbers, and as a table. */
export function TrafficPanel(props: TrafficProps) {
  const { period, traffic, t } = props
  const spans = period === 'day' ? traffic.hours : traffic.days
  const { delivered: accepted, failed } = totalOf(spans)
  return (
    <Panel
      id="traffic"
      title={t(`traffic.title.${period}`)}
      description={
        // Without a failure there is one colour.
        failed > 0 && (
          <span aria-hidden="true" className="flex flex-wrap gap-x-3.5">
            {(['accepted', 'failed'] as const).map((each) => (
              <span key={each} className="flex items-center gap-1.5">
                <Dot className={each === 'accepted' ? 'size-2 fill-accent' : 'size-2 fill-bad-fill'} />
                {t(`traffic.${each}`)}
              </span>
            ))}
          </span>
        )
      }
      aside={
        <Segments
          label={t('traffic.period')}
          items={(['day', 'month'] as const).map((each) => ({
            href: withQuery(OVERVIEW_PATH, { time: each === 'day' ? null : each }),
            label: t(`traffic.periods.${each}`),
            current: each === period,
          }))}
        />
      }
      flush
    >
      {accepted + failed === 0 ? (
        <p className="px-4.5 pb-4 text-soft">{t('traffic.nothing')}</p>
      ) : (
        <Bars {...{ period, spans, accepted, failed, t }} />
      )}
      <Numbers accepted={accepted} {...props} />
    </Panel>
  )
}

function Bars(
  props: Pick<TrafficProps, 'period' | 't'> & { spans: Traffic['days']; accepted: number; failed: number },
) {
  const { period, spans, accepted, failed, t } = props
  const tick = period === 'day' ? t.clockTime : t.day
  const nameOf = (at: Date) => (period === 'day' ? `${t.day(at)}, ${t.clockTime(at)}` : t.day(at))
  const every = period === 'day' ? EVERY_HOURS : EVERY_DAYS
  return (
    <div className="px-4.5">
      <StackedBars
        label={t(`traffic.picture.${period}`, { accepted, failed })}
        bars={spans.map((span, place) => ({
          key: span.from.toISOString(),
          accepted: span.delivered,
          failed: span.failed,
          tick: place % every === 0 ? tick(span.from) : '',
        }))}
        top={(value) => t.number(value)}
      />
      <Fold summary={t('traffic.table')} className="printed">
        <Table
          caption={t(`traffic.title.${period}`)}
          rows={spans.toReversed()}
          rowKey={({ from }) => from.toISOString()}
          flush
          narrow="table"
        >
          {(column) => [
            column(t(`traffic.from.${period}`), ({ from }) => nameOf(from)),
            column(t('traffic.accepted'), { align: 'end' }, (span) => t.number(span.delivered)),
            column(t('traffic.failed'), { align: 'end' }, (span) => t.number(span.failed)),
          ]}
        </Table>
      </Fold>
    </div>
  )
}

/** Each number leads to the list of messages, which counts up to 10,000, as all but the first do here. */
function Numbers({ period, accepted, counts, t }: TrafficProps & { accepted: number }) {
  const numbers = [
    { view: 'delivered', label: t('traffic.accepted'), count: accepted },
    { view: 'failed', label: t('traffic.failed'), count: counts.failed },
    { view: 'waiting', label: t('traffic.waiting'), count: counts.queued + counts.sending },
    { view: 'declined', label: t('traffic.declined'), count: counts.declined },
  ] as const satisfies readonly { view: View; label: string; count: number }[]
  if (numbers.every(({ count }) => count === 0)) return null
  return (
    <ul className="mt-2 grid grid-cols-2 border-t border-line sm:grid-cols-4">
      {numbers.map(({ view, label, count }) => (
        <li
          key={view}
          className="border-line even:border-l nth-[n+3]:border-t sm:not-first:border-l sm:nth-[n+3]:border-t-0"
        >
          <Link
            href={messagesHref({ ...NO_CONDITIONS, view, time: period })}
            className="block px-4.5 py-3 hover:bg-well"
          >
            <span className="block text-xs text-soft">{label}</span>{' '}
            <span
              className={`block text-[1.375rem] leading-7 font-[620] tabular-nums ${view === 'failed' && count > 0 ? 'text-bad' : ''}`}
            >
              {view === 'delivered' ? t.number(count) : shownCount(count, t)}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
