import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from './icon'
import { Link } from './text'

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger'

/** While `pending` it keeps its focus and its place, and a second press does nothing. */
export function Button({
  kind = 'secondary',
  pending = false,
  small = false,
  className = '',
  children,
  ...native
}: ComponentProps<'button'> & { kind?: ButtonKind; pending?: boolean; small?: boolean }) {
  return (
    <button
      type="submit"
      {...native}
      {...(pending && { 'aria-disabled': true, onClick: (event) => event.preventDefault() })}
      className={`button button-${kind} ${small ? 'button-small' : ''} ${className}`}
    >
      {pending && <Icon name="arc" className="turning size-4" />}
      {children}
    </button>
  )
}

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
      href={href}
      aria-label={label}
      className={['button', `button-${kind}`, small && 'button-small', className].filter(Boolean).join(' ')}
    >
      {icon && <Icon name={icon} className="size-4" />}
      {icon ? <span className="bar-label">{children}</span> : children}
    </Link>
  )
}
