import type { Route } from 'next'
import Link from 'next/link'

/** Views of one list, chosen by links, so they work without scripts and can be sent to a colleague. */
export function Filters({
  label,
  items,
}: {
  label: string
  items: readonly { href: string; label: string; current: boolean }[]
}) {
  return (
    <nav aria-label={label}>
      <ul className="mb-4 flex flex-wrap gap-1">
        {items.map(({ href, label, current }) => (
          <li key={href}>
            <Link
              href={href as Route}
              aria-current={current ? 'page' : undefined}
              className="block rounded-full border border-line px-3 py-1 text-sm text-soft hover:border-control hover:text-ink aria-[current=page]:border-accent aria-[current=page]:bg-accent-wash aria-[current=page]:font-[550] aria-[current=page]:text-accent"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
