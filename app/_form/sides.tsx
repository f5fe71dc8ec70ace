import type { ReactNode } from 'react'

/** Two values of the same thing, each with its label. */
export function Sides(props: {
  title: string
  labels: readonly [string, string]
  values: readonly [ReactNode, ReactNode]
}) {
  return (
    <div>
      <p className="font-[550] text-ink">{props.title}</p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3">
        {props.labels.map((label, index) => (
          <div key={label} className="contents">
            <dt className="text-faint">{label}</dt>
            <dd className="whitespace-pre-line wrap-anywhere text-ink">
              <bdi>{props.values[index]}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
