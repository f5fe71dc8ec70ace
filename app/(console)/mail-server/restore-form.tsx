'use client'

import { useActionState, useEffect, useRef } from 'react'
import { Button, type ButtonKind } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { restoreAction } from './actions'
import type { FormState } from './form-state'
import { CURRENT_REVISION } from './page-words'

const UNTOUCHED: FormState = { kind: 'untouched' }
const toCurrentRevision = () => document.getElementById(CURRENT_REVISION)?.focus()

/** Goes back to a saved state in one step and leads to what holds now; a refusal says why beside the button. */
export function RestoreForm(props: {
  /** Id of the mail server. */
  server: string
  number: number
  version: number
  formToken: string
  label: string
  kind?: ButtonKind
}) {
  const [answer, restore, pending] = useActionState(restoreAction, UNTOUCHED)
  const sent = useRef(false)

  // The form may go together with what it stood beside, so its end counts as well as its answer.
  useEffect(() => {
    if (answer.kind === 'saved') toCurrentRevision()
    if (answer.kind !== 'untouched') sent.current = false
  }, [answer])
  useEffect(() => () => void (sent.current && toCurrentRevision()), [])

  return (
    <form
      action={restore}
      onSubmit={() => {
        sent.current = true
      }}
    >
      <input type="hidden" name="server" value={props.server} />
      <input type="hidden" name="number" value={props.number} />
      <input type="hidden" name="version" value={props.version} />
      <input type="hidden" name="formToken" value={props.formToken} />
      {answer.kind === 'refused' && answer.confirm && <ConfirmFields asked={answer.confirm} />}
      <Button kind={props.kind ?? 'secondary'} pending={pending}>
        {props.label}
      </Button>
      {answer.kind === 'refused' && !answer.confirm && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {answer.message}
        </p>
      )}
    </form>
  )
}
