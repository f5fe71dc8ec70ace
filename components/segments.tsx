import type { Route } from 'next'
import Link from 'next/link'

export interface Segment {
  href: string
  label: string
  /** As it is shown, for example `1,493`. */
  count?: string
  current: boolean
}

/** The one filter of a list that matters most, as links, so that it works without scripts and can be sent to a colleague. */
export function Segments({ label, items }: { label: string; items: readonly Segment[] }) {
  return (
    <nav aria-label={label} className="no-print min-w-0">
      <ul className="inline-flex max-w-full flex-wrap overflow-hidden rounded-md border border-edge bg-raised shadow-1">
        {items.map(({ href, label, count, current }) => (
          <li key={href} className="-mb-px -ml-px border-b border-l border-line grow">
            <Link
              href={href as Route}
              prefetch={false}
              aria-current={current ? 'page' : undefined}
              className="flex min-h-8 items-center justify-center gap-1.5 px-3 text-[0.84375rem] font-[500] text-soft hover:bg-well hover:text-ink aria-[current=page]:bg-accent-wash aria-[current=page]:font-[600] aria-[current=page]:text-accent max-sm:min-h-10"
            >
              {label}
              {count !== undefined && <span className="font-[500] text-soft tabular-nums">{count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
