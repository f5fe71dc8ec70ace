'use client'

import { RestoreButton } from '@/app/(console)/restore-button'
import { useServerAction } from '@/components/server-action'
import { restoreAction } from './actions'
import type { FormState } from './form-state'
import { CURRENT_REVISION } from './page-words'

const UNTOUCHED: FormState = { kind: 'untouched' }

export function RestoreForm(props: { number: number; version: number; formToken: string; label: string }) {
  const { label, ...fields } = props
  const restoring = useServerAction(restoreAction, UNTOUCHED)
  return <RestoreButton of={restoring} {...{ fields, label }} kind="quiet" leadsTo={CURRENT_REVISION} />
}
