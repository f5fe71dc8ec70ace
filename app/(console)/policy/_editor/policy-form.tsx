'use client'

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { AnswerNote, useAnswerFocus } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import { useLeaveGuard } from '@/app/(console)/_form/leave-guard'
import { POLICY_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { RadioGroup } from '@/components/inputs'
import { SaveBar } from '@/components/save-bar'
import { useServerAction } from '@/components/server-action'
import { UnansweredNote } from '@/components/unanswered-note'
import type { DraftPreview } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import { RULES_MAX } from '@/lib/policy/rules'
import { SimulatorPanel } from '../_simulator/simulator-panel'
import { changeAction } from '../actions'
import { ConflictView } from './conflict-view'
import type { FieldTexts, FormState } from './form-state'
import type { PolicyLabels, Sender } from './labels'
import { LintList } from './lint-list'
import { formDataFor } from './read-form'
import { RuleCards } from './rule-cards'
import { usePolicyEditor } from './use-policy-editor'
import { usePreview } from './use-preview'

const UNTOUCHED: FormState = { kind: 'untouched' }

type PolicyFormProps = DraftPreview & {
  fields: PolicyFields
  number: number
  formToken: string
  sender: Sender | null
  w: PolicyLabels
}

/** All rules in one form that saves them together. The content of the form is the draft, with and without JavaScript. */
export function PolicyForm(props: PolicyFormProps) {
  const { w, sender } = props
  const form = useRef<HTMLFormElement>(null)
  const simulateButton = useRef<HTMLButtonElement>(null)
  // With the address of the page, an answer finds its form without JavaScript too.
  const changeForm = useServerAction(changeAction, UNTOUCHED, POLICY_PATH)
  const { state: answer, pending } = changeForm
  const [pressed, setPressed] = useState('')
  const editor = usePolicyEditor(form, { saved: props.fields, answer, w })
  const { draft } = editor
  const { fields } = draft
  const errors: FieldTexts = answer.kind === 'invalid' ? answer.errors : {}
  // A preview is newer than any answer to the form.
  const { findings, coverage } =
    usePreview(form, { fields, dirty: draft.dirty }) ?? ('findings' in answer ? answer : props)
  useLeaveGuard(form, draft.dirty, w.form.leave)
  useAnswerFocus(answer, answer.kind === 'conflict' || answer.kind === 'refused' || answer.kind === 'invalid')

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const value = submitter instanceof HTMLButtonElement ? submitter.value : ''
    editor.clearMessage()
    if (value !== 'save' && value !== 'try') return submitter ? editor.press(value, submitter) : undefined
    if (pending) return
    setPressed(value)
    changeForm.send(formDataFor(event.currentTarget, value))
  }

  return (
    <form
      ref={form}
      action={changeForm.action}
      onSubmit={onSubmit}
      noValidate
      aria-label={w.form.name}
      className="mb-10 grid gap-x-12 xl:grid-cols-[minmax(0,1fr)_25rem]"
    >
      <input type="hidden" name="version" value={answer.kind === 'conflict' ? answer.number : props.number} />
      <input type="hidden" name="formToken" defaultValue={props.formToken} />
      {/* Enter in a field presses the first button, so this one only previews the draft. The next would change a rule. */}
      <button type="submit" name="do" value="check" hidden tabIndex={-1} aria-hidden="true" />
      <div className="min-w-0">
        {changeForm.unanswered && <UnansweredNote why={changeForm.unanswered} className="mb-6" />}
        <Answer {...{ answer, errors, fields, w }} />
        <LintList {...{ fields, findings, sender, w }} mayFix />
        <RuleCards {...{ editor, errors, coverage, sender, w }} />
        <ListEnd draft={draft} w={w} />
        <PolicySaveBar draft={draft} answer={answer} saving={pending && pressed === 'save'} number={props.number} w={w}>
          {editor.message}
        </PolicySaveBar>
      </div>
      <div className="min-w-0 xl:self-start">
        <SimulatorPanel
          simulation={answer.kind === 'simulated' ? answer : null}
          pending={pending && pressed === 'try'}
          button={simulateButton}
          isDraft
          w={w}
        />
      </div>
    </form>
  )
}

type Draft = ReturnType<typeof usePolicyEditor>['draft']

/** The button for a new rule, and the default action. */
function ListEnd({ draft, w }: { draft: Draft; w: PolicyLabels }) {
  const { rules, otherwise } = draft.fields
  return (
    <>
      <div className="mt-4 mb-6">
        <Button id="add-rule" name="do" value="add::" disabled={rules.length >= RULES_MAX}>
          {w.form.add}
        </Button>
      </div>
      <RadioGroup
        key={draft.generation}
        name="otherwise"
        legend={w.form.otherwise}
        defaultValue={otherwise}
        onChange={({ target }) => draft.decideOtherwise(target.value === 'decline' ? 'decline' : 'allow')}
        options={[
          { value: 'allow', label: w.form.otherwiseAllow },
          { value: 'decline', label: w.form.otherwiseDecline },
        ]}
        className="mb-6"
      />
    </>
  )
}

function PolicySaveBar(props: {
  draft: Draft
  answer: FormState
  saving: boolean
  /** The saved revision. */
  number: number
  /** What a button has just done. */
  children: ReactNode
  w: PolicyLabels
}) {
  const { draft, answer, saving, w } = props
  const [hasScript, setHasScript] = useState(false)
  useEffect(() => setHasScript(true), [])
  return (
    <SaveBar
      save={
        <Button kind="primary" name="do" value="save" pending={saving}>
          {saving ? w.form.saving : w.form.save}
        </Button>
      }
      unsaved={draft.dirty || answer.kind === 'draft' ? w.form.unsaved : null}
      discard={
        hasScript && (
          <Button type="button" kind="quiet" onClick={draft.discard}>
            {w.form.discard}
          </Button>
        )
      }
    >
      {props.children}
      {answer.kind === 'saved' && answer.number === props.number && !draft.dirty && (
        <span className="font-[600] text-good">{fill(w.form.saved, { number: answer.number })}</span>
      )}
    </SaveBar>
  )
}

/** Why the rules were not saved. */
function Answer(props: { answer: FormState; errors: FieldTexts; fields: PolicyFields; w: PolicyLabels }) {
  const { answer, errors, fields, w } = props
  switch (answer.kind) {
    case 'conflict':
      return <ConflictView yours={fields} theirs={answer.theirs} w={w} />
    case 'invalid':
      return <ErrorList {...{ errors, fields, w }} />
    case 'refused':
      return <AnswerNote kind="danger" title={answer.message} />
    default:
      return null
  }
}

const FIELDS_WITH_ERRORS = [
  'name',
  'senders',
  'recipients',
  'senderAddress',
  'senderName',
  'individual',
  'server',
] as const

function ErrorList({ errors, fields, w }: { errors: FieldTexts; fields: PolicyFields; w: PolicyLabels }) {
  const entries = Object.entries(errors).flatMap(([name, texts]) => texts.map((text) => ({ name, text })))
  const title = entries.length === 1 ? w.form.errorTitle : fill(w.form.errorsTitle, { count: entries.length })
  return (
    <AnswerNote kind="danger" title={title}>
      <ul>
        {entries.map(({ name, text }) => {
          const at = fields.rules.findIndex(({ id }) => name.endsWith(`.${id}`))
          const field = FIELDS_WITH_ERRORS.find((each) => name.startsWith(`${each}.`))
          return (
            <li key={`${name} ${text}`}>
              {at < 0 || !field ? (
                `${w.form.name}: ${text}`
              ) : (
                <a href={`#${name}`} className="prose-link">
                  {fill(w.form.ofRule, { number: at + 1 })}, {w.rule[field]}: {text}
                </a>
              )}
            </li>
          )
        })}
      </ul>
    </AnswerNote>
  )
}
