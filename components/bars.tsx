import type { ReactNode } from 'react'

const HEAD_PX = 20
const BARS_PX = 112
const FOOT_PX = 22
/** Keeps a small value visible next to large ones. */
const LEAST_PX = 2
/** Share of a bar's slot that stays empty. */
const GAP = 0.16

interface StackedBar {
  key: string
  accepted: number
  failed: number
  /** Label below the picture; empty for none. */
  tick: string
}

/**
 * Messages in each hour or day: accepted in the accent, failed in red on top. Drawn by the server; positions are shares of the width, so
 * text keeps its size on any screen. Assistive technology sees one picture, so the page also needs a table with the same values.
 */
export function StackedBars(props: { label: string; bars: readonly StackedBar[]; top: (value: number) => string }) {
  const { label, bars, top } = props
  const most = Math.max(...bars.map(({ accepted, failed }) => accepted + failed), 0)
  const slot = 100 / bars.length
  const foot = HEAD_PX + BARS_PX
  const pxOf = (value: number) => (value === 0 ? 0 : Math.max(LEAST_PX, (value / Math.max(most, 1)) * BARS_PX))
  return (
    <div role="img" aria-label={label}>
      <svg aria-hidden="true" width="100%" height={foot + FOOT_PX} className="block overflow-visible">
        <line x1="0" x2="100%" y1={HEAD_PX} y2={HEAD_PX} className="stroke-line" />
        <line x1="0" x2="100%" y1={foot - BARS_PX / 2} y2={foot - BARS_PX / 2} className="stroke-line" />
        <text x="0" y={HEAD_PX - 6} className="fill-faint text-xs tabular-nums">
          {top(most)}
        </text>
        {bars.map(({ key, accepted, failed }, index) => {
          const place = { x: `${index * slot + (slot * GAP) / 2}%`, width: `${slot * (1 - GAP)}%`, rx: 2 }
          const [low, high] = [pxOf(accepted), pxOf(failed)]
          return (
            <g key={key}>
              {low > 0 && <rect {...place} y={foot - low} height={low} className="fill-accent" />}
              {high > 0 && (
                <rect {...place} y={foot - low - high - (low > 0 ? 1 : 0)} height={high} className="fill-bad-fill" />
              )}
            </g>
          )
        })}
        <line x1="0" x2="100%" y1={foot} y2={foot} className="stroke-control" />
        {bars.map(
          ({ key, tick }, index) =>
            tick !== '' && (
              <text
                key={key}
                {...tickPlace(index, bars.length)}
                y={foot + 16}
                className="fill-faint text-xs tabular-nums"
              >
                {tick}
              </text>
            ),
        )}
      </svg>
    </div>
  )
}

/** Near either edge a label is aligned inwards, so that it fits into a narrow picture. */
function tickPlace(index: number, count: number) {
  const slot = 100 / count
  if (index === 0) return { x: '0', textAnchor: 'start' as const }
  if (index > count - 3) return { x: `${(index + 1) * slot}%`, textAnchor: 'end' as const }
  return { x: `${(index + 0.5) * slot}%`, textAnchor: 'middle' as const }
}

const SPARK = { width: 118, height: 26 }

/** Twelve bars or so without axes, in a table; the numbers stand next to it. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1)
  const slot = SPARK.width / Math.max(values.length, 1)
  const barOf = (value: number, index: number) => {
    const height = Math.max(1.5, (value / most) * SPARK.height)
    const [x, width] = [index * slot, slot - 1.5].map((length) => length.toFixed(1))
    return `M${x} ${SPARK.height}v-${height.toFixed(1)}h${width}V${SPARK.height}z`
  }
  return (
    <svg {...SPARK} aria-hidden="true" className="block fill-accent">
      <path d={values.map(barOf).join('')} />
    </svg>
  )
}

/**
 * How much of a limit is used, amber from the share `warnedFrom` on and red at 1. The text above it, such as "1,204 of 10,000", says the
 * same, so the bar is hidden from assistive technology.
 */
export function Gauge(props: { used: number; limit: number; warnedFrom: number; children?: ReactNode }) {
  const share = Math.min(1, props.used / props.limit)
  const toneBelow = share >= props.warnedFrom ? 'fill-warn-fill' : 'fill-accent'
  const tone = share >= 1 ? 'fill-bad-fill' : toneBelow
  return (
    <div className="grid gap-1 text-xs">
      {props.children && <span className="font-[550] tabular-nums">{props.children}</span>}
      <svg aria-hidden="true" width="100%" height="8" className="block overflow-hidden rounded-full">
        <rect width="100%" height="8" className="fill-line" />
        {props.used > 0 && <rect width={`${Math.max(1, share * 100)}%`} height="8" className={tone} />}
      </svg>
    </div>
  )
}
