import type { ComponentProps } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { CredentialFormView } from './credential-form-view'

type ViewProps = ComponentProps<typeof CredentialFormView>

interface FormProps extends Omit<ViewProps, 'hidden' | 'submit'> {
  hidden?: Record<string, string | number>
  /** A label alone makes an ordinary button. */
  submit: string | ViewProps['submit']
}

/** A `CredentialFormView` with what all of them have: the token of the form. */
export function CredentialForm({ hidden, submit, ...props }: FormProps) {
  return (
    <CredentialFormView
      {...props}
      hidden={{ ...hidden, formToken: newFormToken() }}
      submit={typeof submit === 'string' ? { label: submit } : submit}
    />
  )
}
