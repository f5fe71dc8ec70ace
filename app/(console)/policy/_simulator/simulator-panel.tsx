import Link from 'next/link'
import { type RefObject, useEffect, useRef } from 'react'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { Field, fieldProps } from '@/components/field'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import type { Simulation } from '../_editor/form-state'
import type { PolicyLabels } from '../_editor/labels'
import { SimulationView } from './result-view'

/** The sender simulator. Its fields belong to the form around it. */
export function SimulatorPanel(props: {
  simulation: Simulation | null
  pending: boolean
  button: RefObject<HTMLButtonElement | null>
  /** Whether the draft is simulated instead of the saved rules. */
  isDraft: boolean
  w: PolicyLabels
}) {
  const { simulation, w } = props
  const result = useRef<HTMLDivElement>(null)
  const outcome = simulation?.outcome ?? null
  const errors = outcome?.kind === 'errors' ? outcome.errors : {}

  useEffect(() => {
    if (outcome) result.current?.focus()
  }, [outcome])

  const recipients = {
    name: 'recipients',
    label: w.try.recipients,
    hint: w.try.recipientsHint,
    error: errors.recipients?.join(' '),
  }
  return (
    <section aria-labelledby="try-title" className="border-t border-line pt-5 pb-8">
      <h2 id="try-title" className="text-lg font-[600] tracking-[-0.011em]">
        {w.try.title}
      </h2>
      <p className="mt-1 mb-4 text-sm text-soft">
        {w.try.text} {props.isDraft && w.try.draft}
      </p>
      <TextInput
        name="originator"
        label={w.try.originator}
        hint={w.try.originatorHint}
        error={errors.originator?.join(' ')}
        type="email"
        inputMode="email"
        defaultValue={simulation?.originator ?? ''}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          props.button.current?.click()
        }}
        className="mb-3"
      />
      <Field {...recipients}>
        <textarea
          {...fieldProps(recipients)}
          rows={3}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          inputMode="email"
          defaultValue={simulation?.recipients ?? ''}
          className="control"
        />
      </Field>
      <Button ref={props.button} name="do" value="try" pending={props.pending} className="mt-3">
        {props.pending ? w.try.running : w.try.button}
      </Button>
      <div ref={result} tabIndex={-1} className="mt-4 grid gap-4 outline-none">
        {outcome && <Outcome outcome={outcome} w={w} />}
      </div>
    </section>
  )
}

function Outcome({ outcome, w }: { outcome: Simulation['outcome']; w: PolicyLabels }) {
  const errors = outcome.kind === 'errors' ? Object.entries(outcome.errors) : []
  const ofRules = errors.filter(([name]) => name !== 'originator' && name !== 'recipients')
  return (
    <>
      {outcome.kind === 'decided' && (
        <section aria-label={w.try.results} className="grid gap-4">
          {outcome.decisions.map((decision) => (
            <SimulationView key={decision.recipient} decision={decision} w={w} />
          ))}
        </section>
      )}
      {outcome.kind === 'refused' && <Note kind="danger" live="alert" title={outcome.message} />}
      {outcome.kind === 'no-server' && (
        <Note kind="info" live="status">
          <p>
            {w.try.noServer}{' '}
            <Link href={MAIL_SERVERS_PATH} prefetch={false} className="prose-link">
              {w.try.toMailServer}
            </Link>
          </p>
        </Note>
      )}
      {ofRules.length > 0 && (
        <Note kind="danger" live="alert" title={w.try.rulesWrong}>
          <ul>
            {ofRules.map(([name, texts]) => (
              <li key={name}>
                <a href={`#${name}`} className="prose-link">
                  {texts.join(' ')}
                </a>
              </li>
            ))}
          </ul>
        </Note>
      )}
    </>
  )
}
