import type { ComponentProps } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { CredentialFormView } from './credential-form-view'

/** A `CredentialFormView` with what all of them have: the token of the form. */
export const CredentialForm = ({ hidden, ...props }: ComponentProps<typeof CredentialFormView>) => (
  <CredentialFormView {...props} hidden={{ ...hidden, formToken: newFormToken() }} />
)
