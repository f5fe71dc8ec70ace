/** A moment in words that are ready; `Timestamp` makes them. */
export interface ShownTime {
  iso: string
  absolute: string
  relative: string
}

export function Time({ iso, absolute, relative }: ShownTime) {
  return (
    <time dateTime={iso} className="tabular-nums">
      {`${absolute} `}
      <span className="text-faint">{`(${relative})`}</span>
    </time>
  )
}
