'use client'

import { RestoreButton } from '@/app/(console)/restore-button'
import type { ButtonKind } from '@/components/button'
import { useServerAction } from '@/components/server-action'
import { restoreAction } from './actions'
import type { FormState } from './form-state'
import { CURRENT_REVISION } from './page-words'

const UNTOUCHED: FormState = { kind: 'untouched' }

export function RestoreForm(props: {
  /** Id of the mail server. */
  server: string
  number: number
  version: number
  formToken: string
  label: string
  kind?: ButtonKind
}) {
  const { label, kind = 'secondary', ...fields } = props
  const restoring = useServerAction(restoreAction, UNTOUCHED)
  return <RestoreButton of={restoring} {...{ fields, label, kind }} leadsTo={CURRENT_REVISION} />
}
