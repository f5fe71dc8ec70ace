import { type ReactNode, useId } from 'react'

/**
 * A raised box, with its heading inside. A table or list as its only content reaches from edge to edge.
 *
 * @param props.id Makes it the target of a link.
 * @param props.level 3 inside another part with a heading.
 * @param props.flush The content brings its own distance to the edge: a table, a list, rows with hairlines.
 */
export function Panel(props: {
  title?: ReactNode
  description?: ReactNode
  aside?: ReactNode
  id?: string
  level?: 2 | 3
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  const { title, description, aside, id, level = 2, flush = false, className = '' } = props
  const heading = useId()
  const Heading = level === 3 ? 'h3' : 'h2'
  return (
    <section
      id={id}
      aria-labelledby={title ? heading : undefined}
      className={`panel min-w-0 rounded-lg border border-line bg-raised shadow-1 ${className}`}
    >
      {(title || aside) && (
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4.5 pt-3.5 pb-2.5">
          {title && (
            <Heading id={heading} className="text-[0.90625rem] font-[620] tracking-[-0.008em]">
              {title}
            </Heading>
          )}
          {description && <div className="text-sm text-faint">{description}</div>}
          {aside && <div className="ml-auto text-sm">{aside}</div>}
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
      <div className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 id={heading} className="text-[0.90625rem] font-[620] tracking-[-0.008em]">
          {props.title}
        </h2>
        {props.aside && <div className="ml-auto text-sm text-faint">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  )
}
