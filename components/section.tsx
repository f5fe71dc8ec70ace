import type { ReactNode } from 'react'

/** A part of a page under a hairline, with its own heading. `id` makes it a link's target and names the region. */
export function Section(props: {
  id: string
  title: string
  description?: ReactNode
  aside?: ReactNode
  /** 3 inside another section. */
  level?: 2 | 3
  className?: string
  children: ReactNode
}) {
  const Heading = props.level === 3 ? 'h3' : 'h2'
  return (
    <section
      aria-labelledby={`${props.id}-title`}
      id={props.id}
      className={`border-t border-line pt-5 pb-8 ${props.className ?? ''}`}
    >
      <div className="mb-4 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <Heading id={`${props.id}-title`} className="text-lg font-[600] tracking-[-0.011em]">
          {props.title}
        </Heading>
        {props.aside}
        {props.description && <p className="w-full text-sm text-soft">{props.description}</p>}
      </div>
      {props.children}
    </section>
  )
}
