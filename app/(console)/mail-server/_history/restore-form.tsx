'use client'

import { CURRENT_REVISION } from '@/app/(console)/_form/labels'
import { RestoreButton } from '@/app/(console)/_form/restore-button'
import type { ButtonKind } from '@/components/button'
import { useServerAction } from '@/components/server-action'
import type { FormState } from '../_form/form-state'
import { restoreAction } from '../actions'

const UNTOUCHED: FormState = { kind: 'untouched' }

export function RestoreForm(props: {
  /** Id of the mail server. */
  server: string
  number: number
  version: number
  formToken: string
  label: string
  text?: string
  kind?: ButtonKind
}) {
  const { label, text, kind = 'secondary', ...fields } = props
  const restoring = useServerAction(restoreAction, UNTOUCHED)
  return <RestoreButton of={restoring} {...{ fields, label, text, kind }} leadsTo={CURRENT_REVISION} />
}
