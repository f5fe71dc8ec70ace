import type { ComponentProps } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { getTranslations } from '@/app/_server/translations'
import { CredentialFormView } from './credential-form-view'

type ViewProps = ComponentProps<typeof CredentialFormView>

interface FormProps extends Omit<ViewProps, 'hidden' | 'submit' | 'pending'> {
  hidden?: Record<string, string | number>
  /** A label alone makes an ordinary button. */
  submit: string | ViewProps['submit']
}

/** A `CredentialFormView` with what all of them have: the token of the form, and what its button says while it is on its way. */
export async function CredentialForm({ hidden, submit, ...props }: FormProps) {
  const t = await getTranslations('credentials')
  return (
    <CredentialFormView
      {...props}
      hidden={{ ...hidden, formToken: newFormToken() }}
      submit={typeof submit === 'string' ? { label: submit } : submit}
      pending={t('act.pending')}
    />
  )
}
