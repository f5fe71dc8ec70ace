import type { Route } from 'next'
import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { Icon } from './icon'

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger'

/** While `pending` it keeps its focus and its place, and a second press does nothing. */
export function Button({
  kind = 'secondary',
  pending = false,
  className = '',
  children,
  ...native
}: ComponentProps<'button'> & { kind?: ButtonKind; pending?: boolean }) {
  return (
    <button
      type="submit"
      {...native}
      {...(pending && { 'aria-disabled': true, onClick: (event) => event.preventDefault() })}
      className={`button button-${kind} ${className}`}
    >
      {pending && <Icon name="arc" className="turning size-4" />}
      {children}
    </button>
  )
}

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
