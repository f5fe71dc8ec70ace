'use client'

import type { ReactNode } from 'react'
import { Refusal } from '@/app/_form/form-input'
import { type Outcome, seenIn, UNTOUCHED } from '@/app/_form/outcome'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import type { ButtonKind } from '@/components/button'
import { WithConfirmation } from '@/components/confirm-fields'
import type { Answer } from '@/lib/access/signed-out'
import { RefusalNote } from './field-errors'
import { LiveRefusal } from './live-errors'

/** Settings that are saved together. What was typed stays until it is saved. */
export function SettingsForm(props: {
  action: (before: Outcome, form: FormData) => Promise<Answer<Outcome>>
  /** Where the answer is in view without scripts: of the page, with the part that has this form. */
  address?: string
  /** Such as the version that the page showed. A refusal may have another one, for a person who has read of a conflict. */
  hidden?: Record<string, string | number>
  /** Its fields alone say what is wrong, and the first of these gets the focus. */
  isShort?: boolean
  mayWrite?: boolean
  /** For a reader who may not save, or where there is nothing to save; unless that came about after they had typed something. */
  otherwise?: ReactNode
  /** By the name of each field that can be wrong. */
  labels?: Readonly<Record<string, string>>
  /** The route that checks the fields while they are filled in, if one does. */
  check?: string
  submit: string
  kind?: ButtonKind
  guarded?: boolean
  noValidate?: boolean
  className?: string
  children: ReactNode
}) {
  const { hidden = {}, isShort = false, mayWrite = true, otherwise = null, guarded = false, noValidate } = props
  const { labels = {}, check, children } = props
  const saving = useServerAction(props.action, UNTOUCHED, props.address)
  const { state } = saving
  const refusal = state.kind === 'refused' ? state : null
  if (!refusal && !mayWrite) return otherwise
  return (
    <ActionForm
      call={saving}
      keeps
      leads={isShort}
      {...{ guarded, noValidate }}
      hidden={seenIn(hidden, state)}
      className={props.className ?? 'grid gap-5'}
    >
      <RefusalNote refusal={isShort ? null : refusal} labels={labels} />
      {check === undefined ? (
        <Refusal value={refusal ?? {}}>{children}</Refusal>
      ) : (
        <LiveRefusal path={check} state={state} refusal={refusal ?? {}} labels={labels}>
          {children}
        </LiveRefusal>
      )}
      <WithConfirmation confirmation={refusal?.confirm}>
        <SubmitButton kind={props.kind ?? 'primary'} text={props.submit} />
      </WithConfirmation>
    </ActionForm>
  )
}
