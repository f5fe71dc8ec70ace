'use client'

import { useEffect, useRef } from 'react'
import { ActionForm } from '@/components/action-form'
import { Button, type ButtonKind } from '@/components/button'
import { type Confirmation, ConfirmFields } from '@/components/confirm-fields'
import type { ServerAction } from '@/components/server-action'

interface RestoreAnswer {
  kind: string
  /** Of a refusal. */
  message?: string
  confirm?: Confirmation
}

/** Goes back to a saved state in one step and leads to what holds now; a refusal says why next to the button. */
export function RestoreButton(props: {
  of: ServerAction<RestoreAnswer>
  /** Hidden fields. */
  fields: Readonly<Record<string, string | number>>
  label: string
  /** What the button shows, if its place makes it clear; `label` is then for screen readers. */
  text?: string | undefined
  kind: ButtonKind
  /** Id of what holds now. */
  leadsTo: string
}) {
  const { of, fields, label, text, kind, leadsTo } = props
  const { state: answer, pending, unanswered } = of
  const sent = useRef(false)

  // The form may disappear with the revision that it belongs to, so its removal counts as an answer too.
  useEffect(() => {
    if (answer.kind === 'saved') document.getElementById(leadsTo)?.focus()
    if (answer.kind !== 'untouched' || unanswered) sent.current = false
  }, [answer, unanswered, leadsTo])
  useEffect(() => () => void (sent.current && document.getElementById(leadsTo)?.focus()), [leadsTo])

  return (
    <ActionForm
      of={of}
      onSubmit={() => {
        sent.current = true
      }}
    >
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
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
