'use client'

import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { MENU_ID } from './menu-id'

/** Closes the menu of a narrow screen: the layout stays while its pages change. */
const closeMenu = () => document.getElementById(MENU_ID)?.hidePopover?.()

/** Knows whether it leads to where the reader is; a layout does not, since it stays while its pages change. */
export function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const path = usePathname()
  const here = path === href || path.startsWith(`${href}/`)
  return (
    <Link
      href={href as Route}
      prefetch={false}
      onClick={closeMenu}
      aria-current={here ? 'page' : undefined}
      className="rail-link flex min-h-8 items-center gap-2.5 rounded-md px-2.5 text-[0.84375rem] font-[500] text-soft hover:bg-ink/6 hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-[600] aria-[current=page]:text-ink aria-[current=page]:shadow-1 aria-[current=page]:ring-1 aria-[current=page]:ring-line aria-[current=page]:[&>svg]:text-accent max-sm:min-h-10"
    >
      {children}
    </Link>
  )
}
