'use client'

import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import type { ButtonKind } from '@/components/button'
import { type Confirmation, ConfirmFields, ConfirmInputs } from '@/components/confirm-fields'
import { Hidden } from '@/components/hidden'
import { Select, TextInput } from '@/components/inputs'
import { usePartTexts } from '@/components/part-texts'
import type { Answer } from '@/lib/access/signed-out'
import { type Outcome, UNTOUCHED } from './outcome'
import { OutcomeNote } from './outcome-note'

export interface PersonField {
  kind: 'text' | 'email' | 'password' | 'code' | 'select'
  /** Unique on the page: it is also the control's id. */
  name: string
  label: string
  hint?: string
  /** Absent for what the kind implies: the current password, a one-time code. */
  autoComplete?: string
  defaultValue?: string
  options?: readonly { value: string; label: string }[]
  optional?: boolean
}

/** A form about a person: a few fields, one button, the outcome above them. Works without scripts, then as a whole page. */
export function PersonForm(props: {
  action: (before: Outcome, form: FormData) => Promise<Answer<Outcome>>
  fields: readonly PersonField[]
  hidden?: Record<string, string>
  /** The account, so that a password manager knows which password to offer. Never sent. */
  username?: string
  /** Asked for every time, above the other fields. */
  confirm?: Confirmation
  submit: { label: string; pending?: string; kind?: ButtonKind }
}) {
  const { pending } = usePartTexts()
  const sending = useServerAction(props.action, UNTOUCHED)
  const outcome = sending.state
  const errors = (outcome.kind === 'refused' && outcome.errors) || {}
  const confirmation = outcome.kind === 'refused' ? outcome.confirm : null
  const username = props.username ?? props.confirm?.username
  const typed = (outcome.kind === 'refused' && outcome.typed) || {}
  return (
    <ActionForm of={sending} className="grid max-w-[26rem] gap-4">
      <OutcomeNote outcome={outcome} />
      {/* What is confirmed is what was sent, also if the page was read again in between. */}
      <Hidden {...props.hidden} {...(confirmation && typed.seenRole && { seenRole: typed.seenRole })} />
      {username && (
        <input type="text" autoComplete="username" defaultValue={username} aria-label={username} readOnly hidden />
      )}
      {!confirmation && props.confirm && <ConfirmInputs confirmation={props.confirm} />}
      {props.fields.map((field) => (
        <PersonInput key={field.name} field={field} typed={typed[field.name]} error={errors[field.name]} />
      ))}
      {confirmation && <ConfirmFields confirmation={confirmation} />}
      <div>
        <SubmitButton kind={props.submit.kind ?? 'primary'} pendingLabel={props.submit.pending ?? pending}>
          {props.submit.label}
        </SubmitButton>
      </div>
    </ActionForm>
  )
}

const AUTO_COMPLETE: Partial<Record<PersonField['kind'], string>> = {
  password: 'current-password',
  code: 'one-time-code',
}

function PersonInput({
  field: { kind, name, label, hint, autoComplete, defaultValue, options = [], optional = false },
  typed,
  error,
}: {
  field: PersonField
  typed: string | undefined
  error: string | undefined
}) {
  const value = typed ?? defaultValue
  const fieldInput = { name, label, error, ...(hint && { hint }) }
  // HTML allows `username` on a field for an email address only since recently, and checkers call it an error.
  const isUsername = kind === 'email' && autoComplete === 'username'
  if (kind === 'select') {
    // The key makes React take the typed value as the new default after the form was reset.
    return (
      <Select key={value} {...fieldInput} options={options} {...(value !== undefined && { defaultValue: value })} />
    )
  }
  return (
    <TextInput
      key={value}
      {...fieldInput}
      type={kind === 'code' || isUsername ? 'text' : kind}
      autoComplete={autoComplete ?? AUTO_COMPLETE[kind] ?? 'off'}
      {...(isUsername && { inputMode: 'email' as const })}
      {...(kind === 'code' && { inputMode: 'text' as const, mono: true, maxLength: 40 })}
      {...(kind !== 'password' && value !== undefined && { defaultValue: value })}
      required={!optional}
    />
  )
}
