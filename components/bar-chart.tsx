export type PartTone = 'good' | 'bad' | 'warn'

export interface Bar {
  key: string
  /** Stacked upwards from the line, in this order. */
  up: readonly { tone: PartTone; value: number }[]
  /** Hangs under the line: of another kind than what stands on it. */
  down: { tone: PartTone; value: number }
  /** Under the picture; empty: none here. */
  tick: string
}

const FILL: Record<PartTone, string> = { good: 'fill-good', bad: 'fill-bad', warn: 'fill-warn' }

const HEAD_PX = 22
const BARS_PX = 120
const FOOT_PX = 24
/** Little beside much is still seen. */
const LEAST_PX = 2
/** Of a bar's room that it leaves free. */
const GAP = 0.22

/**
 * Bars side by side on one scale, drawn by the server; places are shares of the width, so words keep their size on any screen.
 * It is one picture to assistive technology: a table beside it must say the same.
 *
 * @param props.top What the highest bar amounts to, in words.
 * @param props.nothing Stands there when no bar has a height.
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
  const room = 100 / bars.length
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
        <BarShape key={bar.key} bar={bar} x={at * room} room={room} linePx={linePx} unitPx={unitPx} />
      ))}
      <line x1="0" x2="100%" y1={linePx} y2={linePx} className="stroke-control" />
      {bars.map(
        ({ key, tick }, at) =>
          tick !== '' && (
            <text
              key={key}
              x={`${anchorOf(at, bars.length).at * room}%`}
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

/** Towards either edge a word stands inwards of its bar, so that a narrow picture holds it. */
const anchorOf = (at: number, count: number) =>
  at === 0
    ? ({ at, anchor: 'start' } as const)
    : at > count - 3
      ? ({ at: at + 1, anchor: 'end' } as const)
      : ({ at: at + 0.5, anchor: 'middle' } as const)

function BarShape(props: { bar: Bar; x: number; room: number; linePx: number; unitPx: number }) {
  const { bar, x, room, linePx, unitPx } = props
  const place = { x: `${x + (room * GAP) / 2}%`, width: `${room * (1 - GAP)}%` }
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
