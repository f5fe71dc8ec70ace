import type { ReactNode } from 'react'

/**
 * How much of a limit is used. The text says the same, so the bar is hidden from assistive technology.
 *
 * @param props.warnedFrom The share from which it is amber; at 1 it is red.
 * @param props.children "1,204 of 10,000", above the bar.
 */
export function Gauge(props: { used: number; limit: number; warnedFrom: number; children?: ReactNode }) {
  const share = Math.min(1, props.used / props.limit)
  const tone = share >= 1 ? 'fill-bad-fill' : share >= props.warnedFrom ? 'fill-warn-fill' : 'fill-accent'
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
