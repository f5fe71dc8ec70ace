import type { ComponentProps } from 'react'
import { Icon } from './icon'

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
