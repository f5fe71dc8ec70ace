'use client'

import { useRef } from 'react'
import { ActionForm } from '@/components/action-form'
import { useServerAction } from '@/components/server-action'
import type { TryState } from '../_editor/form-state'
import type { PolicyLabels } from '../_editor/labels'
import { simulateAction } from '../actions'
import { TryPanel } from './simulator-panel'

const UNTOUCHED: TryState = { kind: 'untouched' }

/** The simulator alone, on the saved rules, for those who may not change them. */
export function TryForm({ w }: { w: PolicyLabels }) {
  const trying = useServerAction(simulateAction, UNTOUCHED)
  const { state: tried, pending } = trying
  const button = useRef<HTMLButtonElement>(null)
  return (
    <ActionForm of={trying} noValidate aria-label={w.try.title}>
      <TryPanel tried={tried.kind === 'tried' ? tried : null} draft={false} {...{ pending, button, w }} />
    </ActionForm>
  )
}
