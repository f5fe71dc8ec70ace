import type { Locale } from '@/lib/kernel/locale'
import { type Scale, timelineScale } from './timeline-scale'

export type BarTone = 'good' | 'warn' | 'bad' | 'neutral'

export interface TimelineBar {
  key: string
  label: string
  from: Date
  /** Null: the end is not known, or there is none. */
  until: Date | null
  tone: BarTone
  /** Short lines across the bar. */
  marks: readonly Date[]
}

const FILL: Record<BarTone, string> = { good: 'fill-good', warn: 'fill-warn', bad: 'fill-bad', neutral: 'fill-control' }

const HEAD_PX = 40
const ROW_PX = 40
const BAR_PX = 12
const FOOT_PX = 24
const TEXT = 'fill-soft text-xs'

/**
 * Bars on a time axis, drawn by the server; places are shares of the width, so words keep their size on any screen. It is one
 * picture to assistive technology: a table beside it must say the same.
 */
export function Timeline(props: {
  label: string
  bars: readonly TimelineBar[]
  now: { at: Date; label: string }
  /** Days that others have set. */
  dates: readonly { at: Date; label: string }[]
  locale: Locale
}) {
  const { bars, now, locale } = props
  const moments = bars.flatMap(({ from, until, marks }) => [from, ...(until ? [until] : []), ...marks])
  const scale = timelineScale(moments, now.at)
  const height = HEAD_PX + bars.length * ROW_PX + FOOT_PX
  const bottom = height - FOOT_PX
  return (
    <svg role="img" aria-label={props.label} width="100%" height={height} className="block overflow-visible">
      {scale.ticks.map((tick) => (
        <g key={tick.getTime()}>
          <line {...upright(scale.at(tick), HEAD_PX, bottom)} className="stroke-line" />
          <text x={`${scale.at(tick)}%`} y={height - 6} textAnchor="middle" className="fill-faint text-xs">
            {monthOf(tick, locale)}
          </text>
        </g>
      ))}
      {bars.map((bar, index) => (
        <Bar key={bar.key} bar={bar} y={HEAD_PX + index * ROW_PX} scale={scale} />
      ))}
      {props.dates
        .filter(({ at }) => scale.holds(at))
        .map(({ at, label }) => (
          <g key={label}>
            <line {...upright(scale.at(at), 20, bottom)} strokeDasharray="4 3" className="stroke-warn" />
            <Word x={scale.at(at)} y={32} text={label} />
          </g>
        ))}
      <line {...upright(scale.at(now.at), 6, bottom)} strokeWidth="2" className="stroke-accent" />
      <Word x={scale.at(now.at)} y={14} text={now.label} />
    </svg>
  )
}

function Bar({ bar: { label, from, until, tone, marks }, y, scale }: { bar: TimelineBar; y: number; scale: Scale }) {
  const [start, end] = [scale.at(from), scale.at(until ?? scale.until)]
  const top = y + 20
  return (
    <g>
      <text x="0" y={y + 14} className={TEXT}>
        {label}
      </text>
      <rect
        x={`${start}%`}
        y={top}
        width={`${Math.max(0.5, end - start)}%`}
        height={BAR_PX}
        rx="3"
        className={`${FILL[tone]} ${until ? '' : 'opacity-40'}`}
      />
      {marks
        .filter((mark) => scale.holds(mark))
        .map((mark) => (
          <line
            key={mark.getTime()}
            {...upright(scale.at(mark), top, top + BAR_PX)}
            strokeWidth="1.5"
            className="stroke-surface"
          />
        ))}
    </g>
  )
}

const upright = (percent: number, y1: number, y2: number) => ({ x1: `${percent}%`, x2: `${percent}%`, y1, y2 })

/** A word beside an upright line, on the side with more room. */
function Word({ x, y, text }: { x: number; y: number; text: string }) {
  const isLeft = x < 50
  return (
    <text x={`${x}%`} dx={isLeft ? 6 : -6} y={y} textAnchor={isLeft ? 'start' : 'end'} className={TEXT}>
      {text}
    </text>
  )
}

const monthOf = (at: Date, locale: Locale): string =>
  at.toLocaleDateString(locale === 'en' ? 'en-GB' : 'de-DE', { month: 'short', year: '2-digit', timeZone: 'UTC' })
