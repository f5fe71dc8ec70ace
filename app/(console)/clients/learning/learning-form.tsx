'use client'

import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { ConfirmFields } from '@/components/confirm-fields'
import { type Choice, Select, TextArea } from '@/components/inputs'
import { FieldErrors } from '../../_form/field-errors'
import { type LearningState, startLearningAction } from './actions'

const UNTOUCHED: LearningState = { message: null, errors: {}, typed: { networks: '', senders: '', minutes: '60' } }

/** Networks, senders and duration of learning mode. */
export function LearningForm(props: {
  labels: Record<'networks' | 'networksHint' | 'senders' | 'sendersHint' | 'minutes' | 'start', string>
  durations: readonly Choice[]
}) {
  const starting = useServerAction(startLearningAction, UNTOUCHED)
  const { message, errors, typed, confirm } = starting.state
  const { labels } = props
  const fields = [
    { name: 'networks' as const, label: labels.networks, hint: labels.networksHint, error: errors.networks },
    { name: 'senders' as const, label: labels.senders, hint: labels.sendersHint, error: errors.senders },
  ]
  return (
    <ActionForm of={starting} keeps guarded noValidate className="grid gap-4">
      {message && !confirm && <FieldErrors title={message} errors={errors} labels={labels} />}
      {fields.map((field) => (
        <TextArea key={field.name} {...field} mono rows={2} required defaultValue={typed[field.name]} />
      ))}
      <Select
        key={typed.minutes}
        name="minutes"
        label={labels.minutes}
        defaultValue={typed.minutes}
        options={props.durations}
        className="max-w-[16rem]"
      />
      {confirm && <ConfirmFields confirmation={confirm} />}
      <div>
        <SubmitButton kind="primary">{labels.start}</SubmitButton>
      </div>
    </ActionForm>
  )
}
