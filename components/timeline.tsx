import type { ReactNode } from 'react'
import type { Locale } from '@/lib/i18n/locale'
import { marksIn, type Scale, timelineScale } from './timeline-scale'

export type BarTone = 'good' | 'warn' | 'bad' | 'neutral'

export interface TimelineBar {
  key: string
  label: string
  from: Date
  /** Null if there is no end, or if it is not known. */
  until: Date | null
  tone: BarTone
  /** Short lines across the bar. */
  marks: readonly Date[]
}

const FILL: Record<BarTone, string> = { good: 'fill-good', warn: 'fill-warn', bad: 'fill-bad', neutral: 'fill-control' }

const HEAD_PX = 40
const ROW_PX = 28
const BAR_PX = 12
const FOOT_PX = 20
const TEXT = 'fill-soft text-xs'
/** Keeps a label legible where a line crosses it. */
const HALO = 'stroke-paper stroke-4 [paint-order:stroke] [stroke-linejoin:round]'
/** Labels have a separate column, or a separate line on a narrow screen, so that none overlaps the plot. */
const ROW = 'grid items-center gap-x-4 md:grid-cols-[16rem_minmax(0,1fr)]'

/**
 * Bars on a time axis, drawn by the server. Positions are shares of the width, so text keeps its size on any screen.
 * Assistive technology sees one picture, so the page also needs a table with the same values.
 */
export function Timeline(props: {
  label: string
  bars: readonly TimelineBar[]
  now: { at: Date; label: string }
  /** Days that are set elsewhere, such as a vendor's deadline. */
  dates: readonly { at: Date; label: string }[]
  locale: Locale
}) {
  const { bars, now, locale } = props
  const moments = bars.flatMap(({ from, until, marks }) => [from, ...(until ? [until] : []), ...marks])
  const scale = timelineScale(moments, now.at)
  const dates = props.dates.filter(({ at }) => scale.holds(at))
  const lines = (top: number, bottom: number) => (
    <>
      {scale.ticks.map((tick) => (
        <line key={tick.getTime()} {...vertical(scale.at(tick), top, bottom)} className="stroke-line" />
      ))}
      {dates.map(({ at, label }) => (
        <line key={label} {...vertical(scale.at(at), top, bottom)} strokeDasharray="4 3" className="stroke-warn" />
      ))}
      <line {...vertical(scale.at(now.at), top, bottom)} strokeWidth="2" className="stroke-accent" />
    </>
  )
  return (
    <div role="img" aria-label={props.label}>
      <Plot height={HEAD_PX}>
        <line {...vertical(scale.at(now.at), 18, HEAD_PX)} strokeWidth="2" className="stroke-accent" />
        <LineLabel x={scale.at(now.at)} y={13} text={now.label} />
        {dates.map(({ at, label }) => (
          <LineLabel key={label} x={scale.at(at)} y={33} text={label} />
        ))}
      </Plot>
      {bars.map((bar) => (
        <div key={bar.key} className={ROW} data-timeline-row="">
          <p className="pt-1.5 text-xs text-soft wrap-anywhere md:py-1">{bar.label}</p>
          <svg width="100%" height={ROW_PX} aria-hidden="true" className="block overflow-visible md:h-full">
            {lines(0, ROW_PX)}
            <Bar bar={bar} scale={scale} />
          </svg>
        </div>
      ))}
      <Plot height={FOOT_PX}>
        {scale.ticks.map((tick) => (
          <text
            key={tick.getTime()}
            x={`${scale.at(tick)}%`}
            y={FOOT_PX - 6}
            textAnchor="middle"
            className="fill-faint text-xs"
          >
            {monthOf(tick, locale)}
          </text>
        ))}
      </Plot>
    </div>
  )
}

/** Above or below the rows, in the column of the bars. */
function Plot({ height, children }: { height: number; children: ReactNode }) {
  return (
    <div className={ROW}>
      <svg width="100%" height={height} aria-hidden="true" className="block overflow-visible md:col-start-2">
        {children}
      </svg>
    </div>
  )
}

function Bar({ bar, scale }: { bar: TimelineBar; scale: Scale }) {
  const { from, until, tone } = bar
  const [start, end] = [scale.at(from), scale.at(until ?? scale.until)]
  const top = (ROW_PX - BAR_PX) / 2
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
      {marksIn(bar, scale).map((mark) => (
        <line
          key={mark.getTime()}
          {...vertical(scale.at(mark), top, top + BAR_PX)}
          strokeWidth="1.5"
          className="stroke-surface"
        />
      ))}
    </g>
  )
}

const vertical = (percent: number, y1: number, y2: number) => ({ x1: `${percent}%`, x2: `${percent}%`, y1, y2 })

/** A label over a vertical line. Near either edge it is aligned inwards, so that it fits into a narrow picture. */
function LineLabel({ x, y, text }: { x: number; y: number; text: string }) {
  const anchor = x < 33 ? 'start' : x > 67 ? 'end' : 'middle'
  return (
    <text x={`${x}%`} y={y} textAnchor={anchor} className={`${TEXT} ${HALO}`}>
      {text}
    </text>
  )
}

const monthOf = (at: Date, locale: Locale): string =>
  at.toLocaleDateString(locale === 'en' ? 'en-GB' : 'de-DE', { month: 'short', year: '2-digit', timeZone: 'UTC' })
