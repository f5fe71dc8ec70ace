import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from './icon'
import { Link } from './text'

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger'

interface Said {
  text: ReactNode
  /** Before the text. In the bar of a page only the icon is seen on a narrow screen. */
  icon?: IconName
  kind?: ButtonKind
  small?: boolean
}

const inside = ({ text, icon }: Said): ReactNode =>
  icon ? (
    <>
      <Icon name={icon} className="size-4" />
      <span className="bar-label">{text}</span>
    </>
  ) : (
    text
  )

/** While `pending` it keeps its focus and its place, and a second press does nothing. */
export function Button({
  kind = 'secondary',
  pending = false,
  small = false,
  className = '',
  text,
  icon,
  ...native
}: Omit<ComponentProps<'button'>, 'children'> & Said & { pending?: boolean }) {
  return (
    <button
      type="submit"
      {...native}
      {...(pending && { 'aria-disabled': true, onClick: (event) => event.preventDefault() })}
      className={`button button-${kind} ${small ? 'button-small' : ''} ${className}`}
    >
      {pending && <Icon name="arc" className="turning size-4" />}
      {inside({ text, icon })}
    </button>
  )
}

/** Looks like a button, goes somewhere. For screen readers its label may be longer than what is shown, which it contains. */
export function ButtonLink(props: Said & { href: string; label?: string; className?: string }) {
  const { kind = 'secondary', href, label, small = false, className = '' } = props
  return (
    <Link
      href={href}
      aria-label={label}
      className={['button', `button-${kind}`, small && 'button-small', className].filter(Boolean).join(' ')}
    >
      {inside(props)}
    </Link>
  )
}
