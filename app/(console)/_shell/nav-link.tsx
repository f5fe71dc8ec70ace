'use client'

import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '@/components/icon'
import { Link, TextLink } from '@/components/text'
import { MENU_ID } from './menu-id'

/** Closes the menu of a narrow screen: the layout stays while its pages change. */
const closeMenu = () => document.getElementById(MENU_ID)?.hidePopover?.()

/**
 * Knows whether it leads to where the reader is; a layout does not, since it stays while its pages change. It draws its icon itself: a
 * finished one would be in the page twice, as HTML and as what the script starts from.
 */
export function NavLink(props: { href: string; icon: IconName; label: string; children: ReactNode }) {
  const { href } = props
  const path = usePathname()
  const here = path === href || path.startsWith(`${href}/`)
  return (
    <Link href={href} onClick={closeMenu} aria-current={here ? 'page' : undefined} className="rail-link place">
      <Icon name={props.icon} className="size-4" />
      {props.label}
      {props.children}
    </Link>
  )
}

/** Nothing on the page that it leads to. */
export function LinkElsewhere({ href, text }: { href: string; text: string }) {
  return usePathname() === href ? null : <TextLink href={href}>{text}</TextLink>
}
