import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { ButtonKind } from './button'

/** Looks like a button, goes somewhere. */
export function ButtonLink({
  kind = 'secondary',
  href,
  children,
  className = '',
}: {
  kind?: ButtonKind
  href: string
  children: ReactNode
  className?: string
}) {
  return (
    <Link href={href as Route} className={`button button-${kind} ${className}`}>
      {children}
    </Link>
  )
}
