import type { ComponentProps } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { translators } from '@/app/_server/translations'
import { CredentialFormView } from './credential-form-view'

type ViewProps = ComponentProps<typeof CredentialFormView>

interface FormProps extends Omit<ViewProps, 'hidden' | 'submit' | 'labels'> {
  hidden?: Record<string, string | number>
  /** A label alone makes an ordinary button. */
  submit: string | ViewProps['submit']
}

/** A `CredentialFormView` with what all of them have: the token of the form, and two labels. */
export async function CredentialForm({ hidden, submit, ...props }: FormProps) {
  const [t, shell] = await translators('credentials', 'shell')
  return (
    <CredentialFormView
      {...props}
      hidden={{ ...hidden, formToken: newFormToken() }}
      submit={typeof submit === 'string' ? { label: submit } : submit}
      labels={{ pending: t('act.pending'), copy: shell('copy'), copied: shell('copied') }}
    />
  )
}
