import { type Bar, BarPicture } from '@/components/bar-chart'
import { Section } from '@/components/section'
import { type Column, Table } from '@/components/table'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { type Traffic, type TrafficCounts, type TrafficSpan, totalOf } from '@/lib/outbox/traffic'

const EVERY_HOURS = 6
const EVERY_DAYS = 9

interface ViewContext {
  locale: Locale
  t: Translator<'overview'>
}

/** What was sent in the last day and the last month: a chart for each, with a table of the same numbers. */
export function TrafficPart({ traffic: { hours, days }, ...context }: { traffic: Traffic } & ViewContext) {
  const { locale } = context
  const tag = locale === 'en' ? 'en-GB' : 'de-DE'
  const hour = (at: Date) => at.toLocaleTimeString(tag, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
  const day = (at: Date) => at.toLocaleDateString(tag, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const hourOfDay = (at: Date) => `${day(at)}, ${hour(at)}`
  return (
    <div className="grid gap-x-10 xl:grid-cols-2">
      <Span
        id="day"
        spans={hours}
        tickOf={(at) => (at.getUTCHours() % EVERY_HOURS === 0 ? hour(at) : '')}
        nameOf={hourOfDay}
        {...context}
      />
      <Span
        id="month"
        spans={days}
        tickOf={(at, place) => ((days.length - 1 - place) % EVERY_DAYS === 0 ? day(at) : '')}
        nameOf={day}
        {...context}
      />
    </div>
  )
}

function Span(
  props: {
    id: 'day' | 'month'
    spans: readonly TrafficSpan[]
    tickOf: (at: Date, place: number) => string
    nameOf: (at: Date) => string
  } & ViewContext,
) {
  const { id, spans, tickOf, nameOf, locale, t } = props
  const number = (value: number) => value.toLocaleString(locale === 'en' ? 'en-GB' : 'de-DE')
  const total = totalOf(spans)
  const bars = spans.map(
    ({ from, delivered, failed, retried }, place): Bar => ({
      key: from.toISOString(),
      up: [
        { tone: 'good', value: delivered },
        { tone: 'bad', value: failed },
      ],
      down: { tone: 'warn', value: retried },
      tick: tickOf(from, place),
    }),
  )
  const columns: Column<TrafficSpan>[] = [
    { key: 'from', label: t(`traffic.${id}.from`), cell: ({ from }) => nameOf(from) },
    ...KINDS.map(
      ({ kind }): Column<TrafficSpan> => ({
        key: kind,
        label: t(`traffic.${kind}`),
        align: 'end',
        cell: (span) => number(span[kind]),
      }),
    ),
  ]
  return (
    <Section
      id={id}
      title={t(`traffic.${id}.title`)}
      aside={<span className="text-sm text-faint">{t('traffic.zone')}</span>}
    >
      <BarPicture
        label={t(`traffic.${id}.picture`, { delivered: total.delivered, failed: total.failed, retried: total.retried })}
        bars={bars}
        nothing={t('traffic.nothing')}
        top={(value) => t(`traffic.${id}.top`, { count: value })}
      />
      <Legend total={total} number={number} t={t} />
      <details className="printed mt-3">
        <summary className="text-sm text-soft">{t('traffic.table')}</summary>
        <div className="mt-2">
          <Table
            caption={t(`traffic.${id}.title`)}
            columns={columns}
            rows={spans.toReversed()}
            rowKey={({ from }) => from.toISOString()}
          />
        </div>
      </details>
    </Section>
  )
}

const KINDS = [
  { kind: 'delivered', dot: 'text-good' },
  { kind: 'failed', dot: 'text-bad' },
  { kind: 'retried', dot: 'text-warn' },
] as const

function Legend({
  total,
  number,
  t,
}: {
  total: TrafficCounts
  number: (value: number) => string
  t: Translator<'overview'>
}) {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {KINDS.map(({ kind, dot }) => (
        <li key={kind} className="flex items-center gap-1.5">
          <svg viewBox="0 0 10 10" className={`size-2.5 ${dot}`} aria-hidden="true">
            <rect width="10" height="10" rx="2" fill="currentColor" />
          </svg>
          <span className="text-soft">{t(`traffic.${kind}`)}</span>
          <span className="font-[600] tabular-nums">{number(total[kind])}</span>
        </li>
      ))}
    </ul>
  )
}
