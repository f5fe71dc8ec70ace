'use client'

import { useActionState } from 'react'
import { RestoreButton } from '@/app/(console)/restore-button'
import { restoreAction } from './actions'
import type { FormState } from './form-state'
import { CURRENT_REVISION } from './page-words'

const UNTOUCHED: FormState = { kind: 'untouched' }

export function RestoreForm(props: { number: number; version: number; formToken: string; label: string }) {
  const { label, ...fields } = props
  const form = useActionState(restoreAction, UNTOUCHED)
  return <RestoreButton {...{ form, fields, label }} kind="quiet" leadsTo={CURRENT_REVISION} />
}
