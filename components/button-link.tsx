import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { ButtonKind } from './button'
import { Icon, type IconName } from './icon'

/**
 * Looks like a button, goes somewhere.
 *
 * @param props.label Longer for screen readers than what is shown, and contains it: "Replace the client secret of Finance".
 * @param props.icon Before the text. In the bar of a page only the icon is seen on a narrow screen.
 */
export function ButtonLink(props: {
  kind?: ButtonKind
  href: string
  label?: string
  icon?: IconName
  small?: boolean
  children: ReactNode
  className?: string
}) {
  const { kind = 'secondary', href, label, icon, small = false, children, className = '' } = props
  return (
    <Link
      href={href as Route}
      prefetch={false}
      aria-label={label}
      className={['button', `button-${kind}`, small && 'button-small', className].filter(Boolean).join(' ')}
    >
      {icon && <Icon name={icon} className="size-4" />}
      {icon ? <span className="bar-label">{children}</span> : children}
    </Link>
  )
}
