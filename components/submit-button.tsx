'use client'

import type { ComponentProps } from 'react'
import { useFormStatus } from 'react-dom'
import { Button, type ButtonKind } from './button'

/** The button of a form with one action: shows that the form is on its way. */
export function SubmitButton({
  pendingLabel,
  children,
  ...props
}: ComponentProps<'button'> & { kind?: ButtonKind; small?: boolean; pendingLabel?: string }) {
  const { pending } = useFormStatus()
  return (
    <Button {...props} pending={pending}>
      {pending && pendingLabel ? pendingLabel : children}
    </Button>
  )
}
