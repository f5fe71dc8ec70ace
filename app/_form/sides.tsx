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
      <dl>
        {props.labels.map((label, index) => (
          <div key={label} className="flex flex-wrap gap-x-3">
            <dt className="basis-24 text-faint">{label}</dt>
            <dd className="min-w-0 flex-1 basis-32 whitespace-pre-line wrap-anywhere text-ink">
              <bdi>{props.values[index]}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
