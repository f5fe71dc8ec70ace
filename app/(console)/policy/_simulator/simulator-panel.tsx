'use client'

import { useEffect, useRef } from 'react'
import { ErrorLinks } from '@/app/(console)/_form/field-errors'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { ActionForm, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextArea, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import { TextLink } from '@/components/text'
import type { PolicyFields } from '@/lib/policy/draft'
import { errorLines } from '../_editor/difference-list'
import type { Simulation } from '../_editor/form-state'
import type { PolicyLabels } from '../_editor/labels'
import { simulateAction } from '../actions'
import { SimulationView } from './result-view'

/** The simulator with the saved rules, for roles that may not change them. */
export function SimulatorForm({ w }: { w: PolicyLabels }) {
  const simulating = useServerAction(simulateAction, null)
  const { state: simulation, pending } = simulating
  return (
    <ActionForm call={simulating} noValidate aria-label={w.try.title}>
      <SimulatorPanel simulation={simulation} answer={simulation} pending={pending} draft={null} w={w} />
    </ActionForm>
  )
}

/** The sender simulator. Its fields belong to the form around it. */
export function SimulatorPanel(props: {
  simulation: Simulation | null
  /** The answer to a press of the button, to which the focus moves once it is the simulation that is shown; a new object for each. */
  answer: Simulation | null
  pending: boolean
  /** The rules of the draft that is simulated; null if the saved rules are. */
  draft: PolicyFields['rules'] | null
  w: PolicyLabels
}) {
  const { simulation, answer, w } = props
  const result = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const outcome = simulation?.outcome ?? null
  const errors = outcome?.kind === 'errors' ? outcome.errors : {}

  useEffect(() => {
    if (answer === null || answer !== simulation) return
    const wrong = result.current?.parentElement?.querySelector<HTMLElement>('[aria-invalid="true"]')
    // The decisions have a name, which screen readers say.
    const target = wrong ?? result.current?.querySelector('section') ?? result.current
    // For the focus the browser may leave most of it out of view.
    target?.focus({ preventScroll: true })
    target?.scrollIntoView({ block: 'nearest' })
  }, [answer, simulation])

  return (
    <Panel id="try" title={w.try.title} className="print:not-has-[section]:hidden">
      <p className="mb-3.5 text-sm text-soft">{props.draft ? w.try.text : w.try.textSaved}</p>
      <TextInput
        name="originator"
        label={w.try.originator}
        hint={w.try.originatorHint}
        error={errors.originator?.join('\n')}
        type="email"
        inputMode="email"
        defaultValue={simulation?.originator ?? ''}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          button.current?.click()
        }}
        className="mb-3"
      />
      <TextArea
        name="recipients"
        label={w.try.recipients}
        hint={w.try.recipientsHint}
        error={errors.recipients?.join('\n')}
        rows={2}
        inputMode="email"
        defaultValue={simulation?.recipients ?? ''}
      />
      <Button
        ref={button}
        name="do"
        value="try"
        pending={props.pending}
        className="mt-3"
        text={props.pending ? w.try.running : w.try.button}
      />
      <div ref={result} tabIndex={-1} className="grid gap-3 outline-none not-empty:mt-4">
        {outcome && <SimulationOutcome outcome={outcome} draft={props.draft} w={w} />}
      </div>
    </Panel>
  )
}

export function SimulationOutcome(props: {
  outcome: Simulation['outcome']
  draft: PolicyFields['rules'] | null
  w: PolicyLabels
}) {
  const { outcome, w } = props
  const { originator, recipients, ...ofRules } = outcome.kind === 'errors' ? outcome.errors : {}
  const errors = errorLines(ofRules, props.draft ?? [], w)
  return (
    <>
      {outcome.kind === 'decided' && (
        <section aria-label={w.try.results} tabIndex={-1} className="grid gap-3 outline-none">
          {outcome.decisions.map((decision) => (
            <SimulationView key={decision.recipient} decision={decision} w={w} />
          ))}
        </section>
      )}
      {outcome.kind === 'refused' && <Note kind="danger" live="alert" title={outcome.message} />}
      {outcome.kind === 'no-server' && (
        <Note kind="info" live="status">
          <p>
            {w.try.noServer} <TextLink href={MAIL_SERVERS_PATH}>{w.try.toMailServer}</TextLink>
          </p>
        </Note>
      )}
      {errors.length > 0 && (
        <Note kind="danger" live="alert" title={w.try.rulesWrong}>
          <ErrorLinks errors={errors} />
        </Note>
      )}
    </>
  )
}
