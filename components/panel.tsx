import { type ReactNode, useId } from 'react'
import { Icon } from './icon'

/**
 * The main column and a side column of 328 px that remains in view; below the main one on a narrow screen. On paper neither this nor the page
 * around it is a grid, because Firefox puts a grid that does not fit on the rest of a sheet on the next one as a whole.
 */
export function WithSide(props: { side: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 lg:grid-cols-[minmax(0,1fr)_20.5rem] lg:gap-8 print:flex print:flex-col print:items-stretch">
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-7 print:flex print:flex-col">{props.children}</div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:sticky lg:top-6 print:flex print:flex-col">
        {props.side}
      </div>
    </div>
  )
}

/** A raised box, with its heading inside. It is `flush` around what brings its own distance to the edge: a table, a list, rows with hairlines. */
export function Panel(props: {
  title?: ReactNode
  description?: ReactNode
  aside?: ReactNode
  id?: string
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  const { title, description, aside, id, flush = false, className = '' } = props
  const heading = useId()
  return (
    <section
      id={id}
      aria-labelledby={title ? heading : undefined}
      className={`panel min-w-0 rounded-lg border border-line bg-raised shadow-1 ${className}`}
    >
      {(title || aside) && (
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1 px-4.5 pt-3.5 pb-2.5">
          {title && (
            <h2 id={heading} className="text-[0.90625rem] font-[620]">
              {title}
            </h2>
          )}
          {description && <div className="mr-auto text-sm text-faint">{description}</div>}
          {aside && <div className="text-sm">{aside}</div>}
        </div>
      )}
      {flush ? (
        props.children
      ) : (
        <div className={`px-4.5 pb-4.5 ${title || aside ? 'pt-0.5' : 'pt-4'}`}>{props.children}</div>
      )}
    </section>
  )
}

/** A part of a page with its heading above what it holds, such as several panels or a table. */
export function Part(props: { title: ReactNode; aside?: ReactNode; id?: string; children: ReactNode }) {
  const heading = useId()
  return (
    <section id={props.id} aria-labelledby={heading} className="min-w-0">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
        <h2 id={heading} className="text-[0.90625rem] font-[620]">
          {props.title}
        </h2>
        {props.aside && <div className="text-sm text-faint">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  )
}

/** The heading of a fold that hides a long list, with the number of its rows. */
export const FoldHeading = ({ title, count }: { title: string; count: number }) => (
  <h2 className="font-[620] text-ink">
    {title} <span className="font-[550] text-faint tabular-nums">{count}</span>
  </h2>
)

/** Hides a supplement, such as a check or the way back; never the main thing of a page. */
export function Fold(props: { summary: ReactNode; open?: boolean; className?: string; children: ReactNode }) {
  return (
    <details open={props.open} className={`fold ${props.className ?? ''}`}>
      <summary className="flex list-none gap-2 py-1.25 text-[0.84375rem] font-[550] text-soft hover:text-ink pointer-coarse:py-2.75 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="mt-1 size-3.5 text-faint" />
        {props.summary}
      </summary>
      <div className="pt-1.5 pb-2">{props.children}</div>
    </details>
  )
}
