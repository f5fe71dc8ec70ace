'use client'

import { type ReactNode, useMemo } from 'react'
import { Refusal } from '@/app/_form/form-input'
import { type Outcome, UNTOUCHED } from '@/app/_form/outcome'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import type { ButtonKind } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Hidden } from '@/components/hidden'
import type { Answer } from '@/lib/access/signed-out'
import { FieldErrors } from './field-errors'

/**
 * Settings that are saved together, based on the version that the page showed if they have one. What was typed stays until it is saved.
 *
 * @param props.address Where the answer is in view without scripts: of the page, with the part that has this form.
 * @param props.otherwise For a reader who may not save, unless their role was changed after they had typed something.
 * @param props.labels By the name of each field that can be wrong.
 */
export function SettingsForm(props: {
  action: (before: Outcome, form: FormData) => Promise<Answer<Outcome>>
  address?: string
  version?: number
  mayWrite?: boolean
  otherwise?: ReactNode
  labels?: Readonly<Record<string, string>>
  submit: string
  kind?: ButtonKind
  guarded?: boolean
  noValidate?: boolean
  className?: string
  children: ReactNode
}) {
  const { mayWrite = true, otherwise = null, guarded = false, noValidate } = props
  const saving = useServerAction(props.action, UNTOUCHED, props.address)
  const { state } = saving
  const refusal = useMemo(() => (state.kind === 'refused' ? { typed: {}, errors: {}, ...state } : null), [state])
  if (!refusal && !mayWrite) return otherwise
  return (
    <ActionForm of={saving} keeps {...{ guarded, noValidate }} className={`grid gap-5 ${props.className ?? ''}`}>
      {refusal && !refusal.confirm && (
        <FieldErrors title={refusal.message} errors={refusal.errors} labels={props.labels ?? {}} />
      )}
      {/* A person who has read of a conflict may save over the other change. */}
      {props.version !== undefined && <Hidden version={refusal?.typed.version ?? props.version} />}
      <Refusal value={refusal ?? {}}>{props.children}</Refusal>
      {refusal?.confirm && <ConfirmFields confirmation={refusal.confirm} />}
      <div>
        <SubmitButton kind={props.kind ?? 'primary'}>{props.submit}</SubmitButton>
      </div>
    </ActionForm>
  )
}
