'use client'

import { useEffect, useRef } from 'react'
import { AnswerNote, useAnswerFocus } from '@/app/_form/answer-note'
import { ActionForm, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextArea, TextInput } from '@/components/inputs'
import type english from '@/messages/en/messages.json'
import { FieldErrors } from '../../_form/field-errors'
import type { PolicyLabels } from '../../policy/_editor/labels'
import { SimulationOutcome } from '../../policy/_simulator/simulator-panel'
import { type SendState, sendAction } from './actions'

export type SendLabels = (typeof english)['send']

export function SendForm(props: { from: string; labels: SendLabels; w: PolicyLabels }) {
  const { labels, w } = props
  const values = { from: props.from, to: '', subject: '', text: '' }
  const sending = useServerAction(sendAction, { values, errors: {}, refused: null, simulation: null } as SendState)
  const { state, pending } = sending
  const result = useRef<HTMLDivElement>(null)
  const isWrong = Object.keys(state.errors).length > 0
  const simulation = isWrong ? null : state.simulation
  useEffect(() => {
    if (simulation) result.current?.focus()
  }, [simulation])
  useAnswerFocus(state, state.refused !== null)
  const field = (name: 'from' | 'to' | 'subject' | 'text') => ({
    name,
    label: labels[name],
    error: state.errors[name],
    defaultValue: state.values[name],
  })
  return (
    <ActionForm call={sending} guarded noValidate aria-label={labels.title} className="grid max-w-[46rem] gap-4">
      {state.refused && <AnswerNote kind="danger" title={state.refused} />}
      {isWrong && <FieldErrors title={labels.errors} errors={state.errors} labels={labels} />}
      <TextInput {...field('from')} hint={labels.fromHint} type="email" inputMode="email" autoComplete="off" />
      <TextArea {...field('to')} hint={labels.toHint} rows={2} />
      <TextInput {...field('subject')} maxLength={255} autoComplete="off" />
      <TextArea {...field('text')} prose rows={8} />
      <div className="flex flex-wrap gap-2">
        <Button name="do" value="check" pending={pending} text={labels.check} />
        <Button kind="primary" name="do" value="send" pending={pending} text={labels.send} />
      </div>
      {simulation && (
        <div ref={result} tabIndex={-1} className="grid gap-3 outline-none">
          <h2 className="text-[0.90625rem] font-[620]">{w.try.results}</h2>
          <SimulationOutcome outcome={simulation.outcome} draft={null} w={w} />
        </div>
      )}
    </ActionForm>
  )
}
