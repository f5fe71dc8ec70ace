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
/** Keeps a word legible where a line crosses it. */
const HALO = 'stroke-paper stroke-4 [paint-order:stroke] [stroke-linejoin:round]'

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
  const dates = props.dates.filter(({ at }) => scale.holds(at))
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
      {dates.map(({ at, label }) => (
        <line key={label} {...upright(scale.at(at), 36, bottom)} strokeDasharray="4 3" className="stroke-warn" />
      ))}
      <line {...upright(scale.at(now.at), 18, bottom)} strokeWidth="2" className="stroke-accent" />
      <Word x={scale.at(now.at)} y={13} text={now.label} />
      {dates.map(({ at, label }) => (
        <Word key={label} x={scale.at(at)} y={31} text={label} />
      ))}
      {bars.map(({ key, label }, index) => (
        <text key={key} x="0" y={HEAD_PX + index * ROW_PX + 14} className={`${TEXT} ${HALO}`}>
          {label}
        </text>
      ))}
    </svg>
  )
}

function Bar({ bar: { from, until, tone, marks }, y, scale }: { bar: TimelineBar; y: number; scale: Scale }) {
  const [start, end] = [scale.at(from), scale.at(until ?? scale.until)]
  const top = y + 20
  return (
    <g>
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

/** A word over an upright line; towards either edge it stands beside its place, so that a narrow picture holds it. */
function Word({ x, y, text }: { x: number; y: number; text: string }) {
  const anchor = x < 33 ? 'start' : x > 67 ? 'end' : 'middle'
  return (
    <text x={`${x}%`} y={y} textAnchor={anchor} className={`${TEXT} ${HALO}`}>
      {text}
    </text>
  )
}

const monthOf = (at: Date, locale: Locale): string =>
  at.toLocaleDateString(locale === 'en' ? 'en-GB' : 'de-DE', { month: 'short', year: '2-digit', timeZone: 'UTC' })
