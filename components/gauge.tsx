/** How much of a limit is used. The text next to it says the same, so it is hidden from assistive technology. */
export function Gauge({ used, limit, warnedFrom }: { used: number; limit: number; warnedFrom: number }) {
  const share = Math.min(1, used / limit)
  const tone = share >= 1 ? 'fill-bad' : share >= warnedFrom ? 'fill-warn' : 'fill-accent'
  return (
    <svg aria-hidden="true" width="100%" height="8" className="block">
      <rect width="100%" height="8" rx="4" className="fill-sunken stroke-line" />
      {used > 0 && <rect width={`${Math.max(1, share * 100)}%`} height="8" rx="4" className={tone} />}
      <line x1={`${warnedFrom * 100}%`} x2={`${warnedFrom * 100}%`} y1="0" y2="8" className="stroke-control" />
    </svg>
  )
}
