export type PartTone = 'good' | 'bad' | 'warn'

export interface Bar {
  key: string
  /** Stacked upwards from the line, in this order. */
  up: readonly { tone: PartTone; value: number }[]
  /** Drawn below the line: another kind of value than those above it. */
  down: { tone: PartTone; value: number }
  /** Label below the picture; empty for none. */
  tick: string
}

const FILL: Record<PartTone, string> = { good: 'fill-good', bad: 'fill-bad', warn: 'fill-warn' }

const HEAD_PX = 22
const BARS_PX = 120
const FOOT_PX = 24
/** Keeps a small value visible next to large ones. */
const LEAST_PX = 2
/** Share of a bar's slot that stays empty. */
const GAP = 0.22

/**
 * Bars on one scale, drawn by the server. Positions are shares of the width, so text keeps its size on any screen.
 * Assistive technology sees one picture, so the page also needs a table with the same values.
 *
 * @param props.top Text for the value of the highest bar.
 * @param props.nothing Shown when every bar is empty.
 */
export function BarPicture({
  label,
  bars,
  top,
  nothing,
}: {
  label: string
  bars: readonly Bar[]
  top: (value: number) => string
  nothing: string
}) {
  const sumUp = ({ up }: Bar) => up.reduce((sum, { value }) => sum + value, 0)
  const most = Math.max(...bars.map(sumUp), 0)
  const deepest = Math.max(...bars.map(({ down }) => down.value), 0)
  const unitPx = BARS_PX / Math.max(most + deepest, 1)
  const linePx = HEAD_PX + (most + deepest === 0 ? BARS_PX : most * unitPx)
  const height = HEAD_PX + BARS_PX + FOOT_PX
  const slot = 100 / bars.length
  return (
    <svg role="img" aria-label={label} width="100%" height={height} className="block overflow-visible">
      {most + deepest === 0 && (
        <text x="50%" y={HEAD_PX + BARS_PX / 2} textAnchor="middle" className="fill-faint text-sm">
          {nothing}
        </text>
      )}
      {most > 0 && (
        <>
          <line x1="0" x2="100%" y1={HEAD_PX} y2={HEAD_PX} strokeDasharray="2 4" className="stroke-line" />
          <text x="0" y={HEAD_PX - 7} className="fill-faint text-xs tabular-nums">
            {top(most)}
          </text>
        </>
      )}
      {bars.map((bar, at) => (
        <BarShape key={bar.key} bar={bar} x={at * slot} slot={slot} linePx={linePx} unitPx={unitPx} />
      ))}
      <line x1="0" x2="100%" y1={linePx} y2={linePx} className="stroke-control" />
      {bars.map(
        ({ key, tick }, at) =>
          tick !== '' && (
            <text
              key={key}
              x={`${anchorOf(at, bars.length).at * slot}%`}
              y={height - 6}
              textAnchor={anchorOf(at, bars.length).anchor}
              className="fill-faint text-xs"
            >
              {tick}
            </text>
          ),
      )}
    </svg>
  )
}

/** Near either edge a label is aligned inwards, so that it fits into a narrow picture. */
const anchorOf = (at: number, count: number) =>
  at === 0
    ? ({ at, anchor: 'start' } as const)
    : at > count - 3
      ? ({ at: at + 1, anchor: 'end' } as const)
      : ({ at: at + 0.5, anchor: 'middle' } as const)

function BarShape(props: { bar: Bar; x: number; slot: number; linePx: number; unitPx: number }) {
  const { bar, x, slot, linePx, unitPx } = props
  const place = { x: `${x + (slot * GAP) / 2}%`, width: `${slot * (1 - GAP)}%` }
  const highOf = (value: number) => (value === 0 ? 0 : Math.max(LEAST_PX, value * unitPx))
  let y = linePx
  return (
    <>
      {bar.up.map(({ tone, value }) => {
        y -= highOf(value)
        return value > 0 && <rect key={tone} {...place} y={y} height={highOf(value)} className={FILL[tone]} />
      })}
      {bar.down.value > 0 && (
        <rect {...place} y={linePx} height={highOf(bar.down.value)} className={`${FILL[bar.down.tone]} opacity-70`} />
      )}
    </>
  )
}
