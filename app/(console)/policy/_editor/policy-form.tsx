'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { AnswerNote, useAnswerFocus } from '@/app/_form/answer-note'
import { discarding } from '@/app/(console)/_form/discardable'
import { ErrorLinks } from '@/app/(console)/_form/field-errors'
import { fill } from '@/app/(console)/_form/labels'
import { LiveErrors } from '@/app/(console)/_form/live-errors'
import { POLICY_PATH } from '@/app/paths'
import { PostedFields } from '@/components/account'
import { postedBy, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { RadioGroup } from '@/components/inputs'
import { Panel, WithSide } from '@/components/panel'
import { SaveBar } from '@/components/save-bar'
import { UnansweredNote } from '@/components/unanswered-note'
import { useLeaveGuard } from '@/components/unsaved'
import type { DraftPreview, Impact } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import { SimulatorPanel } from '../_simulator/simulator-panel'
import { changeAction } from '../actions'
import { ConflictView } from './conflict-view'
import { errorLines, otherwiseText } from './difference-list'
import { pressedIn } from './draft-of'
import { FindingNotes } from './finding-notes'
import type { FieldTexts, FormState } from './form-state'
import { countOf, numeral, POLICY_FORM, type PolicyLabels } from './labels'
import { RuleList } from './rule-list'
import { usePolicyEditor, usePreview } from './use-policy-editor'

const UNTOUCHED: FormState = { kind: 'untouched' }

type PolicyFormProps = DraftPreview & {
  fields: PolicyFields
  number: number
  w: PolicyLabels
}

/** All rules in one form that saves them together. The content of the form is the draft, with and without JavaScript. */
export function PolicyForm(props: PolicyFormProps) {
  const { w } = props
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  // With the address of the page, an answer finds its form without JavaScript too.
  const changeForm = useServerAction(changeAction, UNTOUCHED, POLICY_PATH)
  const { state, pending } = changeForm
  const [discarded, setDiscarded] = useState<FormState | null>(null)
  const answer = state === discarded ? UNTOUCHED : state
  const [pressed, setPressed] = useState('')
  const refused: FieldTexts = answer.kind === 'invalid' ? answer.errors : {}
  const editor = usePolicyEditor(form, { saved: props.fields, answer, errors: refused, w })
  const { draft } = editor
  const { fields } = draft
  const saved = (answer.kind === 'conflict' && answer.theirs.fields) || props.fields
  const dirty = JSON.stringify(fields) !== JSON.stringify(saved)
  // A preview is newer than any answer to the form.
  const newest = usePreview(form, { fields, dirty, discarded, saved: props })
  const live = dirty ? newest : null
  const preview: DraftPreview = live ?? ('findings' in answer ? answer : props)
  const sentErrors = 'wrong' in answer ? answer.wrong : refused
  const errors = live ? { ...withoutPatterns(refused), ...live.wrong } : sentErrors
  const simulation = useLastSimulation(answer, newest)
  useLeaveGuard({ form, dirty, pending })
  useAnswerFocus(answer, answer.kind === 'conflict' || answer.kind === 'refused' || answer.kind === 'invalid')

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const sent = postedBy(event)
    const value = pressedIn(sent)
    editor.clearMessage()
    if (value !== 'save' && value !== 'try') return editor.press(value)
    if (pending) return
    setPressed(value)
    changeForm.send(sent)
  }

  /** Shows the rules that are saved now, without what was typed and what the server answered. The simulator keeps its fields. */
  function discard() {
    discarding(() => {
      setDiscarded(state)
      changeForm.clear()
      editor.discard()
    })
    router.refresh()
  }

  const side = (
    <SimulatorPanel
      simulation={simulation}
      answer={answer.kind === 'simulated' ? answer.simulation : null}
      pending={pending && pressed === 'try'}
      draft={fields.rules}
      w={w}
    />
  )
  return (
    <form
      ref={form}
      id={POLICY_FORM}
      action={changeForm.action}
      onSubmit={onSubmit}
      noValidate
      aria-label={w.form.name}
      className="grid grid-cols-[minmax(0,1fr)] gap-7"
    >
      {/* The revision that the draft is based on, and whether the simulator was used. */}
      <PostedFields
        version={('fields' in answer ? answer.number : null) ?? props.number}
        {...(simulation && { tried: 'on' })}
      />
      {changeForm.unanswered && <UnansweredNote why={changeForm.unanswered} />}
      <Answer {...{ answer, fields, w }} saving={pending && pressed === 'save'} />
      <LiveErrors errors={errorLines(live?.wrong ?? {}, fields.rules, w).map(({ text }) => text)} />
      <FindingNotes fields={fields} findings={preview.findings} mayFix w={w} />
      <WithSide side={side}>
        <RuleList editor={editor} errors={errors} preview={preview} saved={saved} w={w} />
        <Otherwise {...{ draft, preview, w }} />
        <PolicySaveBar
          {...{ dirty, answer, w }}
          discard={discard}
          impact={preview.isSound ? preview.impact : null}
          saving={pending && pressed === 'save'}
          number={props.number}
        >
          {editor.message}
        </PolicySaveBar>
      </WithSide>
    </form>
  )
}

/** The simulator's newest result, which stays when the rules are edited, saved or discarded. */
function useLastSimulation(answer: FormState, preview: ReturnType<typeof usePreview>) {
  const fromAnswer = 'simulation' in answer ? answer.simulation : null
  const fromPreview = preview?.simulation?.outcome.kind === 'decided' ? preview.simulation : null
  const [last, setLast] = useState(fromAnswer)
  useEffect(() => {
    if (fromAnswer) setLast(fromAnswer)
  }, [fromAnswer])
  useEffect(() => {
    if (fromPreview) setLast(fromPreview)
  }, [fromPreview])
  return last
}

type Draft = ReturnType<typeof usePolicyEditor>['draft']

/** The default action, with the number of messages that no rule matches. One that rules decide for some of its recipients counts as decided. */
function Otherwise({ draft, preview, w }: { draft: Draft; preview: DraftPreview; w: PolicyLabels }) {
  const { impact } = preview
  return (
    <Panel>
      <RadioGroup
        key={draft.generation}
        name="otherwise"
        legend={w.form.otherwise}
        hint={
          impact && impact.messages > 0 && fill(w.form.otherwiseCount, { count: countOf(impact.undecided, preview, w) })
        }
        defaultValue={draft.fields.otherwise}
        onChange={({ target }) => draft.decideOtherwise(target.value === 'decline' ? 'decline' : 'allow')}
        options={[
          { value: 'allow', label: otherwiseText('allow', w) },
          { value: 'decline', label: w.form.otherwiseDecline },
        ]}
      />
    </Panel>
  )
}

function PolicySaveBar(props: {
  dirty: boolean
  impact: Impact | null
  answer: FormState
  saving: boolean
  discard: () => void
  number: number
  /** What a button has just done. */
  children: ReactNode
  w: PolicyLabels
}) {
  const { dirty, answer, saving, w } = props
  const isConfirming = answer.kind === 'refused' && answer.confirm !== null
  return (
    <SaveBar
      save={
        !isConfirming && (
          <Button
            kind={dirty ? 'primary' : 'secondary'}
            name="do"
            value="save"
            pending={saving}
            text={saving ? w.form.saving : w.form.save}
          />
        )
      }
      unsaved={dirty ? changeText(props.impact, w) : null}
      discard={
        <Button type="button" kind="quiet" onClick={props.discard} className="noscript:hidden" text={w.form.discard} />
      }
    >
      {props.children}
      {answer.kind === 'saved' && answer.number === props.number && !dirty && (
        <span className="font-[600] text-good">{fill(w.form.saved, { number: answer.number })}</span>
      )}
      {!dirty && answer.kind !== 'saved' && !props.children && w.form.unchanged}
    </SaveBar>
  )
}

/** "Unsaved changes. Messages of the last 24 hours that would be sent differently: 31." */
function changeText(impact: Impact | null, w: PolicyLabels) {
  if (!impact || impact.messages === 0) return w.form.unsaved
  const { different } = impact
  const effect = fill([w.form.differentNone, w.form.differentOne][different] ?? w.form.different, {
    count: numeral(different, w),
  })
  return (
    <span>
      {w.form.unsaved} <span className="font-[450] text-soft">{effect}</span>
    </span>
  )
}

function Answer(props: { answer: FormState; fields: PolicyFields; saving: boolean; w: PolicyLabels }) {
  const { answer, fields, saving, w } = props
  switch (answer.kind) {
    case 'conflict':
      return <ConflictView changed={answer.changed} mine={answer.fields} yours={fields} theirs={answer.theirs} w={w} />
    case 'invalid':
      return (
        <AnswerNote kind="danger" title={w.form.errors}>
          <ErrorLinks errors={errorLines(answer.errors, fields.rules, w)} />
        </AnswerNote>
      )
    case 'refused':
      if (!answer.confirm) return <AnswerNote kind="danger" title={answer.message} />
      return (
        <ConfirmFields confirmation={answer.confirm}>
          <PostedFields asks="on" />
          <Button kind="primary" name="do" value="save" pending={saving} text={saving ? w.form.saving : w.form.save} />
        </ConfirmFields>
      )
    default:
      return null
  }
}

const withoutPatterns = (errors: FieldTexts): FieldTexts =>
  Object.fromEntries(Object.entries(errors).filter(([name]) => !/^(?:senders|recipients)\./.test(name)))
