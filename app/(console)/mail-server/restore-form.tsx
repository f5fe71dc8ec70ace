'use client'

import { useActionState } from 'react'
import { Button, type ButtonKind } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { restoreAction } from './actions'
import type { FormState } from './form-state'

const UNTOUCHED: FormState = { kind: 'untouched' }

/** Goes back to a saved state in one step; a refusal says why beside the button. */
export function RestoreForm(props: {
  number: number
  version: number
  formToken: string
  label: string
  kind?: ButtonKind
}) {
  const [answer, restore, pending] = useActionState(restoreAction, UNTOUCHED)
  return (
    <form action={restore}>
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
