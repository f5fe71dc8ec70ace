import type { ReactNode } from 'react'
import type { ExpiringView } from '@/lib/credentials/views'
import type { TextContext, ViewContext } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import { daysAhead } from '../reminders/thresholds'
import { axisScale, marksIn } from './axis-scale'
import { type Tone, toneOf } from './labels'

/** A lifetime on the axis: used up until now, then what remains. */
export interface Life {
  from: Date
  /** Null if no end is known. */
  until: Date | null
  tone: Tone
  /** The days of reminders. */
  marks: readonly Date[]
  label: string
}

/** End of December 2026: Microsoft switches Basic Auth for SMTP off by default (Exchange Team Blog, 27 January 2026). */
const BASIC_AUTH_OFF = new Date('2026-12-31T00:00:00Z')

export type Axis = ReturnType<typeof axisOf>

/** One axis for all rows, with space for the labels after the last end. `dates` are days that are set elsewhere, as dashed lines. */
export function axisOf(lives: readonly Life[], now: Date, signsInToMicrosoftByPassword = false) {
  const moments = lives.flatMap(({ from, until }) => (until ? [from, until] : [from]))
  const scale = axisScale(moments, now)
  const dates = signsInToMicrosoftByPassword && scale.holds(BASIC_AUTH_OFF) ? [BASIC_AUTH_OFF] : []
  return { scale, now, dates, isEndless: lives.some(({ until }) => !until) }
}

export function previousText(
  { until, isDated }: NonNullable<ExpiringView['carriedBy']>,
  { now, t }: ViewContext<'credentials'>,
): string {
  return t('life.previous', { day: isDated ? t.clearDay(until, now) : t('table.noDate') })
}

/** What is shown of a credential. While mail is sent with the previous one, that one's time counts. */
export function lifeOf(
  view: ExpiringView,
  thresholdsDays: readonly number[],
  context: ViewContext<'credentials'>,
): Life {
  const { expiresAt, carriedBy, daysLeft } = view
  const { now, t } = context
  // According to Microsoft or the certificate, otherwise the time at which it was stored here.
  const from = view.startsAt ?? view.createdAt
  if (carriedBy) {
    const until = carriedBy.isDated ? carriedBy.until : null
    return { from, until, tone: 'warn', marks: [], label: previousText(carriedBy, context) }
  }
  if (!expiresAt) return { from, until: null, tone: 'neutral', marks: [], label: '' }
  const marks = thresholdsDays.filter((days) => days > 0).map((days) => new Date(expiresAt.getTime() - days * DAY_MS))
  const day = t.clearDay(expiresAt, now)
  const label = daysLeft !== null && daysLeft > 0 ? t('life.until', { day, days: daysLeft }) : day
  return { from, until: expiresAt, tone: toneOf(view), marks: marks.filter((mark) => mark > now), label }
}

export const FILL: Record<Tone, string> = {
  good: 'fill-good-fill',
  warn: 'fill-warn-fill',
  bad: 'fill-bad-fill',
  neutral: 'fill-mute-fill',
}

const percent = (value: number): string => `${Math.round(value * 10) / 10}%`
const vertical = (x: number) => ({ x1: percent(x), x2: percent(x), y1: 0, y2: '100%' })

/** The months above the rows, where they fit, and today. */
export function AxisHead({ axis, t }: TextContext<'credentials'> & { axis: Axis }) {
  const { scale, now } = axis
  const today = scale.xOf(now)
  // In per cent of the width. A label begins at its month, so one before today needs more space.
  const isFree = (at: number) => at < today - 20 || (at > today + 11 && at < 80)
  const months = scale.ticks.filter((tick) => isFree(scale.xOf(tick)))
  const saysYear = (index: number) => months[index]?.getUTCFullYear() !== months[index - 1]?.getUTCFullYear()
  // On a phone a month with its year reaches the next one.
  const isCovered = (tick: Date, index: number) => {
    const before = months[index - 1]
    return before && saysYear(index - 1) && scale.xOf(tick) - scale.xOf(before) < 20
  }
  return (
    <div className="@container">
      <svg width="100%" height="18" aria-hidden="true" className="block overflow-visible text-xs">
        {months.map((tick, index) => (
          <text
            key={tick.getTime()}
            x={percent(scale.xOf(tick))}
            y="13"
            dx="4"
            className={`fill-faint ${isCovered(tick, index) ? '@max-md:hidden' : '@max-xs:hidden'}`}
          >
            {t.shortMonth(tick, saysYear(index))}
          </text>
        ))}
        <text x={percent(today)} y="13" textAnchor="middle" className="fill-accent font-[600]">
          {t('life.today')}
        </text>
      </svg>
    </div>
  )
}

/** Widths of the labels of an end that has passed and of one to come, on a phone. In per cent of the width. */
const [SHORT, LONG] = [25, 44]

/** Where the label of an end is neither cut on a phone nor crossed by the line of today: to its right, or above it. */
export function labelPlace(end: number, today: number) {
  const above = { x: end, dy: -9 }
  if (end < today && end > SHORT) return { ...above, dx: -4, textAnchor: 'end' } as const
  if (end < today && today - end <= SHORT) return { x: today, dx: 6, dy: 4 }
  if (end < today) return { x: end, dx: 8, dy: 4 }
  return end - today > LONG ? ({ ...above, textAnchor: 'end' } as const) : { ...above, x: today, dx: 6 }
}

/** One lifetime on the axis. The row that it is part of says the same as text, so assistive technology leaves it out. */
export function LifeBar(props: { life: Life; axis: Axis; height?: number; className?: string }) {
  const { life, axis, height = 72, className = '' } = props
  const { scale, now, dates } = axis
  const today = scale.xOf(now)
  const [start, end] = [scale.xOf(life.from), life.until ? scale.xOf(life.until) : 100]
  const label = labelPlace(end, today)
  const bar = (from: number, to: number, opacity?: number) =>
    to > from && (
      <rect x={percent(from)} y="50%" width={percent(Math.max(0.6, to - from))} height="10" rx="2" opacity={opacity} />
    )
  return (
    <svg
      width="100%"
      height={height}
      aria-hidden="true"
      className={`block overflow-visible ${FILL[life.tone]} ${className}`}
    >
      {scale.ticks.map((tick) => (
        <line key={tick.getTime()} {...vertical(scale.xOf(tick))} className="stroke-line" />
      ))}
      {dates.map((date) => (
        <line key={date.getTime()} {...vertical(scale.xOf(date))} strokeDasharray="4 3" className="stroke-warn-fill" />
      ))}
      <g transform="translate(0 -5)">
        {bar(start, Math.min(today, end), 0.35)}
        {bar(Math.max(today, start), end, life.until ? undefined : 0.35)}
        {marksIn(life, scale).map((mark) => (
          <rect
            key={mark.getTime()}
            x={percent(scale.xOf(mark))}
            y="50%"
            width="1.5"
            height="10"
            className="fill-raised"
          />
        ))}
      </g>
      <line {...vertical(today)} strokeWidth="2" className="stroke-accent" />
      {life.label && (
        <text
          {...label}
          x={percent(label.x)}
          y="50%"
          className="fill-ink stroke-raised stroke-4 text-xs font-[600] [paint-order:stroke] [stroke-linejoin:round]"
        >
          {life.label}
        </text>
      )}
    </svg>
  )
}

export function LifeLegend(props: TextContext<'credentials'> & { axis: Axis; thresholdsDays: readonly number[] }) {
  const { axis, thresholdsDays, t } = props
  return (
    <p className="flex flex-wrap gap-x-5 gap-y-1 text-xs text-faint" aria-hidden="true">
      <LegendEntry width={34} text={t('life.legend.used')}>
        <rect width="12" height="10" rx="2" opacity="0.35" />
        <rect x="12" width="22" height="10" rx="2" />
      </LegendEntry>
      <LegendEntry width={26} text={t('life.legend.reminders', daysAhead(thresholdsDays, t))}>
        <rect width="26" height="10" rx="2" />
        <path d="M8 0h1.5v10H8zM17 0h1.5v10H17z" className="fill-raised" />
      </LegendEntry>
      {axis.isEndless && (
        <LegendEntry width={26} text={t('life.legend.unknown')}>
          <rect width="26" height="10" rx="2" opacity="0.35" className="fill-mute-fill" />
        </LegendEntry>
      )}
      {axis.dates.length > 0 && (
        <LegendEntry width={10} text={t('life.legend.basic')}>
          <line x1="5" x2="5" y2="10" strokeDasharray="4 3" className="stroke-warn-fill" />
        </LegendEntry>
      )}
    </p>
  )
}

const LegendEntry = ({ width, text, children }: { width: number; text: string; children: ReactNode }) => (
  <span className="inline-flex items-center gap-1.5">
    <svg width={width} height="10" aria-hidden="true" className="fill-good-fill">
      {children}
    </svg>
    {text}
  </span>
)
