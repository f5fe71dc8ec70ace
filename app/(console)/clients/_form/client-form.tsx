'use client'

import { type ReactNode, useState } from 'react'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Hidden } from '@/components/hidden'
import { Select, TextArea, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { SaveBar } from '@/components/save-bar'
import type { Answer } from '@/lib/access/signed-out'
import type { ClientFields, ClientWay } from '@/lib/submission/client'
import { discardable } from '../../_form/discardable'
import { FieldErrors } from '../../_form/field-errors'
import type { ClientFormLabels } from './labels'
import { type ClientFormState, type Difference, UNTOUCHED } from './state'

type Refused = Extract<ClientFormState, { kind: 'refused' }>

interface ClientFormProps {
  action: (before: ClientFormState, form: FormData) => Promise<Answer<ClientFormState>>
  hidden: Record<string, string | number>
  way: ClientWay
  fields: ClientFields
  /** Ends with the bar for saving; otherwise with the button that adds. */
  saves: boolean
  submit: string
  labels: ClientFormLabels
}

/** The settings of a client, new or saved. What was typed stays in the form, whatever the answer is. */
export const ClientForm = discardable(function Form(props: ClientFormProps & { discard: () => void }) {
  const sending = useServerAction(props.action, UNTOUCHED)
  const [hasChanged, setHasChanged] = useState(false)
  const { state, pending } = sending
  const { labels, way } = props
  const { version } = props.hidden
  const [saved, setSaved] = useState<{ version: typeof version; by: ClientFormState | null }>({ version, by: null })
  const answer = state.kind === 'refused' && state !== saved.by ? state : null
  // A new client may get another way afterwards, for which the errors say nothing.
  const [answered, setAnswered] = useState({ state, way })
  if (answered.state !== state) setAnswered({ state, way })
  const errors = answered.way === way ? (answer?.errors ?? {}) : {}
  const typed = answer && { ...answer.typed, scopes: answer.typed.scopes || props.fields.scopes }
  // After a save the form starts again. A conflict does not, although the page has the newest version after it.
  if (version !== saved.version && version !== answer?.basis?.version) setSaved({ version, by: state })
  const hidden = { ...props.hidden, ...answer?.basis }
  const button = (
    <SubmitButton kind="primary" pendingLabel={labels.pending}>
      {props.submit}
    </SubmitButton>
  )
  return (
    <ActionForm
      key={saved.version}
      of={sending}
      keeps
      guarded
      noValidate
      className="grid gap-5"
      onChanges={setHasChanged}
    >
      <Hidden {...hidden} />
      {answer && !answer.confirm && answered.way === way && <AnswerNote answer={answer} labels={labels} />}
      <Fields
        key={answer?.conflict ? answer.basis?.version : ''}
        fields={typed ?? props.fields}
        isTyped={typed !== null}
        {...{ errors, way, labels }}
      />
      {answer?.confirm && <ConfirmFields confirmation={answer.confirm} />}
      {props.saves ? (
        <SaveBar
          save={button}
          unsaved={hasChanged && !pending ? labels.unsaved : null}
          discard={
            <Button type="button" kind="quiet" onClick={props.discard}>
              {labels.discard}
            </Button>
          }
        >
          {null}
        </SaveBar>
      ) : (
        <div>{button}</div>
      )}
    </ActionForm>
  )
})

/** Why nothing was saved: another person's changes, or the fields with an error. */
function AnswerNote({ answer, labels }: { answer: Refused; labels: ClientFormLabels }): ReactNode {
  const { message, errors, conflict } = answer
  if (conflict) {
    return (
      <Note kind="warning" live="alert" title={message}>
        {conflict.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <Differences differences={conflict.differences} labels={labels} />
      </Note>
    )
  }
  return <FieldErrors title={message} errors={errors} labels={labels.fields} />
}

const Differences = ({ differences, labels }: { differences: readonly Difference[]; labels: ClientFormLabels }) => (
  <dl className="mt-2 grid gap-2">
    {differences.map(({ label, saved, typed }) => (
      <div key={label}>
        <dt className="font-[550] text-ink">{label}</dt>
        <dd className="wrap-anywhere">{`${labels.saved}: ${saved}`}</dd>
        <dd className="wrap-anywhere">{`${labels.yours}: ${typed}`}</dd>
      </div>
    ))}
  </dl>
)

interface FieldsProps {
  fields: ClientFields
  /** They are what was sent, and no proposal. */
  isTyped: boolean
  errors: Partial<Record<keyof ClientFields, string>>
  way: ClientWay
  labels: ClientFormLabels
}

function Fields({ fields, isTyped, errors, way, labels }: FieldsProps) {
  const about = (name: keyof ClientFields) => ({
    ...{ name, label: labels.fields[name], hint: labels.hints[name], error: errors[name] },
  })
  const text = (name: keyof ClientFields) => ({ ...about(name), defaultValue: fields[name] })
  return (
    <>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextInput {...text('name')} maxLength={100} required />
        {/* Another way proposes another kind, which must not replace a chosen one. */}
        <Select key={isTyped ? fields.kind : ''} {...text('kind')} options={labels.kinds} />
        <TextInput {...text('place')} maxLength={100} />
        <TextInput {...text('owner')} type="email" inputMode="email" maxLength={320} />
      </div>
      <TextArea {...text('senders')} mono rows={3} required />
      <TextArea {...text('networks')} mono rows={3} required={way === 'network'} />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Select key={fields.failureReport} {...text('failureReport')} options={labels.reports} />
        <TextInput {...text('maxPerMinute')} inputMode="numeric" maxLength={5} />
      </div>
      {way === 'api-key' && (
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Scopes {...{ fields, errors, labels }} />
          <TextInput {...text('expiresAt')} type="date" />
        </div>
      )}
    </>
  )
}

function Scopes({ fields, errors, labels }: Omit<FieldsProps, 'way' | 'isTyped'>) {
  return (
    <fieldset id="scopes">
      <legend className="mb-1 text-sm font-[580]">{labels.fields.scopes}</legend>
      <div className="grid gap-1.5">
        {labels.scopes.map(({ value, label }) => (
          <label key={value} className="flex gap-2.5">
            <input
              type="checkbox"
              name="scopes"
              value={value}
              defaultChecked={fields.scopes.split(' ').includes(value)}
              className="mt-1 size-4 shrink-0"
            />
            {label}
          </label>
        ))}
      </div>
      {errors.scopes && <p className="mt-1 text-sm font-[500] text-bad">{errors.scopes}</p>}
    </fieldset>
  )
}
