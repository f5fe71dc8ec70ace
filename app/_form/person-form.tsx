'use client'

import type { ReactNode } from 'react'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import type { ButtonKind } from '@/components/button'
import { AccountName, type Confirmation, ConfirmInputs, WithConfirmation } from '@/components/confirm-fields'
import { usePartTexts } from '@/components/part-texts'
import type { Answer } from '@/lib/access/signed-out'
import { Refusal } from './form-input'
import { type Outcome, UNTOUCHED } from './outcome'
import { OutcomeNote } from './outcome-note'

/** A form about a person: a few fields, one button, the outcome above them. Works without scripts, then as a whole page. */
export function PersonForm(props: {
  action: (before: Outcome, form: FormData) => Promise<Answer<Outcome>>
  hidden?: Record<string, string | number>
  /** The account, so that a password manager knows which password to offer. Never sent. */
  username?: string
  /** Asked for every time, above the other fields. */
  confirm?: Confirmation
  /** `name` is longer for screen readers than the label, and contains it. */
  submit: { label: string; name?: string; pending?: string; kind?: ButtonKind }
  /** Asks before the page is left with what was typed. Only for a form whose page is left once it is done. */
  guarded?: boolean
  children?: ReactNode
}) {
  const { pending } = usePartTexts()
  const sending = useServerAction(props.action, UNTOUCHED)
  const { state } = sending
  const { label, name, kind = 'primary' } = props.submit
  const refusal: Partial<Extract<Outcome, { kind: 'refused' }>> = state.kind === 'refused' ? state : {}
  const { confirm } = refusal
  // What is confirmed is what was sent, also if the page was read again in between.
  const confirmed = confirm && refusal.typed?.seenRole && { seenRole: refusal.typed.seenRole }
  const username = props.username ?? props.confirm?.username
  // Where the form asks each time, a wrong answer is marked at the field that it was typed into.
  const inPlace = props.confirm && (!confirm || confirm.errors) ? (confirm ?? props.confirm) : null
  return (
    <ActionForm
      call={sending}
      leads
      guarded={props.guarded ?? false}
      hidden={{ ...props.hidden, ...confirmed }}
      className="grid max-w-[26rem] gap-4"
    >
      <OutcomeNote outcome={state} />
      {username && <AccountName>{username}</AccountName>}
      {inPlace && <ConfirmInputs confirmation={inPlace} required />}
      <Refusal value={refusal}>{props.children}</Refusal>
      <WithConfirmation confirmation={inPlace ? null : confirm}>
        <SubmitButton kind={kind} aria-label={name} pendingLabel={props.submit.pending ?? pending} text={label} />
      </WithConfirmation>
    </ActionForm>
  )
}
