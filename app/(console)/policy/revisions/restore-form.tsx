'use client'

import { CURRENT_REVISION } from '@/app/(console)/_form/labels'
import { RestoreButton } from '@/app/(console)/_form/restore-button'
import { useServerAction } from '@/components/server-action'
import type { FormState } from '../_editor/form-state'
import { restoreAction } from '../actions'

const UNTOUCHED: FormState = { kind: 'untouched' }

export function RestoreForm(props: {
  number: number
  version: number
  formToken: string
  label: string
  text: string
}) {
  const { label, text, ...fields } = props
  const restoring = useServerAction(restoreAction, UNTOUCHED)
  return <RestoreButton of={restoring} {...{ fields, label, text }} kind="quiet" leadsTo={CURRENT_REVISION} />
}
