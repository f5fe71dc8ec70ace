'use client'

import { useEffect, useRef } from 'react'
import { ActionForm, useServerAction } from '@/components/action-form'
import { Button, type ButtonKind } from '@/components/button'
import { type Confirmation, ConfirmFields } from '@/components/confirm-fields'
import { Hidden } from '@/components/hidden'
import type { Answer } from '@/lib/access/signed-out'
import { CURRENT_REVISION } from './labels'

interface RestoreAnswer {
  kind: string
  /** Of a refusal. */
  message?: string
  confirm?: Confirmation
}

const UNTOUCHED: RestoreAnswer = { kind: 'untouched' }

const focusCurrent = () => document.getElementById(CURRENT_REVISION)?.focus()

/** Goes back to a saved state in one step and leads to what holds now; a refusal says why next to the button. */
export function RestoreButton(props: {
  action(before: RestoreAnswer, form: FormData): Promise<Answer<RestoreAnswer>>
  /** Hidden fields. */
  fields: Readonly<Record<string, string | number>>
  label: string
  /** What the button shows, if its place makes it clear; `label` is then for screen readers. */
  text?: string | undefined
  kind: ButtonKind
}) {
  const { fields, label, text, kind } = props
  const restoring = useServerAction<RestoreAnswer>(props.action, UNTOUCHED)
  const { state: answer, pending, unanswered } = restoring
  const sent = useRef(false)

  // The form may disappear with the revision that it belongs to, so its removal counts as an answer too.
  useEffect(() => {
    if (answer.kind === 'saved') focusCurrent()
    if (answer.kind !== 'untouched' || unanswered) sent.current = false
  }, [answer, unanswered])
  useEffect(() => () => void (sent.current && focusCurrent()), [])

  return (
    <ActionForm
      of={restoring}
      onSubmit={() => {
        sent.current = true
      }}
    >
      <Hidden {...fields} />
      {answer.kind === 'refused' && answer.confirm && <ConfirmFields confirmation={answer.confirm} />}
      <Button kind={kind} pending={pending} aria-label={text && label}>
        {text ?? label}
      </Button>
      {answer.kind === 'refused' && !answer.confirm && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {answer.message}
        </p>
      )}
    </ActionForm>
  )
}
