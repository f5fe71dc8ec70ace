'use client'

import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

/** Knows whether it leads to where the reader is; a layout does not, since it stays while its pages change. */
export function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const path = usePathname()
  const here = path === href || path.startsWith(`${href}/`)
  return (
    <Link
      href={href as Route}
      prefetch={false}
      aria-current={here ? 'page' : undefined}
      className="flex min-h-9 items-center gap-2.5 rounded-md px-2.5 text-sm font-[500] text-soft hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-wash aria-[current=page]:font-[600] aria-[current=page]:text-accent"
    >
      {children}
    </Link>
  )
}
