import type { Formats } from '@/lib/i18n/formats'

/** A moment, absolute and relative; `date` leaves the time of day out. */
export function Timestamp({ at, now, t, show }: { at: Date; now: Date; t: Formats; show?: 'date' }) {
  const [absolute, relative] =
    show === 'date' ? [t.date(at), t.relativeDay(at, now)] : [t.time(at), t.relativeTime(at, now)]
  return (
    <time dateTime={at.toISOString()} className="tabular-nums">
      <span>{absolute}</span> <span className="text-faint">{`(${relative})`}</span>
    </time>
  )
}
