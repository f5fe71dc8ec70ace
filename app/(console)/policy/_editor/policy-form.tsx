'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import { AnswerNote, useAnswerFocus } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import { useLeaveGuard } from '@/app/(console)/_form/leave-guard'
import { POLICY_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/empty-state'
import { RadioGroup } from '@/components/inputs'
import { SaveBar } from '@/components/save-bar'
import { useServerAction } from '@/components/server-action'
import { UnansweredNote } from '@/components/unanswered-note'
import type { Coverage } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import type { Finding } from '@/lib/policy/lint'
import { RULES_MAX } from '@/lib/policy/rules'
import { TryPanel } from '../_simulator/simulator-panel'
import { changeAction } from '../actions'
import { ConflictView } from './conflict-view'
import type { FieldTexts, FormState } from './form-state'
import type { PolicyLabels, Sender } from './labels'
import { LintList } from './lint-list'
import { posted } from './read-form'
import { RuleCard } from './rule-card'
import { RuleFieldsView } from './rule-fields'
import { nameOf } from './summary'
import { useDraft } from './use-draft'
import { useDrag } from './use-drag'
import { useLook } from './use-preview'

const UNTOUCHED: FormState = { kind: 'untouched' }

/** With an address of the page, an answer finds its form without scripts too. */
const ADDRESS = POLICY_PATH

/** All rules in one form, saved together. What stands in it is the draft, with scripts and without. */
export function PolicyForm(props: {
  fields: PolicyFields
  findings: readonly Finding[]
  coverage: Coverage
  number: number
  formToken: string
  sender: Sender | null
  w: PolicyLabels
}) {
  const { w, sender } = props
  const form = useRef<HTMLFormElement>(null)
  const tryButton = useRef<HTMLButtonElement>(null)
  const changeForm = useServerAction(changeAction, UNTOUCHED, ADDRESS)
  const { state: answer, pending: changing } = changeForm
  const [asked, setAsked] = useState('')
  const [scripted, setScripted] = useState(false)
  const [told, setTold] = useState('')
  const [focus, setFocus] = useState<{ selector: string } | null>(null)
  const draft = useDraft(form, props.fields, 'fields' in answer ? answer.fields : null)
  const { fields } = draft
  // A new rule is open at once, also where the server has added it.
  const [opened, setOpened] = useState<ReadonlySet<string>>(
    () => new Set(fields.rules.filter(({ name }) => name === '').map(({ id }) => id)),
  )
  const { rules } = fields

  const number = answer.kind === 'conflict' ? answer.number : props.number
  const errors: FieldTexts = answer.kind === 'invalid' ? answer.errors : {}
  // A look comes after whatever else was answered.
  const { findings, coverage } =
    useLook(form, { fields, dirty: draft.dirty }) ?? ('findings' in answer ? answer : props)
  useLeaveGuard(form, draft.dirty, w.form.leave)

  useEffect(() => setScripted(true), [])

  useAnswerFocus(answer, answer.kind === 'conflict' || answer.kind === 'refused' || answer.kind === 'invalid')

  useEffect(() => {
    if (focus) document.querySelector<HTMLElement>(focus.selector)?.focus()
  }, [focus])

  function place(id: string, to: number) {
    const rule = rules.find((each) => each.id === id)
    draft.place(id, to)
    const lands = Math.max(1, Math.min(rules.length, to + 1))
    if (rule) setTold(fill(w.form.moved, { name: nameOf(rule, w), to: lands, count: rules.length }))
    setFocus({ selector: `#grip-${CSS.escape(id)}` })
  }
  const drag = useDrag(
    rules.map(({ id }) => id),
    place,
  )

  function press(value: string, from: HTMLElement) {
    const theirs = answer.kind === 'conflict' ? answer.theirs.fields : null
    const [does, id = ''] = value.split(':')
    if (does === 'up' || does === 'down') {
      if (from.getAttribute('aria-disabled') !== 'true') place(id, placeOf(id) + (does === 'up' ? -1 : 1))
      return setFocus({ selector: `[name="do"][value="${CSS.escape(value)}"]` })
    }
    const done = draft.press(value, theirs)
    if (!done) return
    if (done.does === 'add' || done.does === 'duplicate') {
      setOpened(new Set([...opened, done.focus]))
      setFocus({ selector: `[name="name.${CSS.escape(done.focus)}"]` })
    }
    if (done.does === 'remove') setFocus({ selector: '#add-rule' })
    setTold(w.form[TOLD[done.does] ?? 'mended'])
  }
  const placeOf = (id: string) => rules.findIndex((rule) => rule.id === id)

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const value = submitter instanceof HTMLButtonElement ? submitter.value : ''
    setTold('')
    if (value !== 'save' && value !== 'try') return submitter ? press(value, submitter) : undefined
    if (changing) return
    setAsked(value)
    changeForm.send(posted(event.currentTarget, value))
  }

  const isOpen = (id: string) => opened.has(id) || Object.keys(errors).some((name) => name.endsWith(`.${id}`))
  return (
    <form
      ref={form}
      action={changeForm.action}
      onSubmit={onSubmit}
      noValidate
      aria-label={w.form.name}
      className="mb-10 grid gap-x-12 xl:grid-cols-[minmax(0,1fr)_25rem]"
    >
      <input type="hidden" name="version" value={number} />
      <input type="hidden" name="formToken" defaultValue={props.formToken} />
      {/* What Enter in a field presses: it only looks at the draft, where the next button would do something to a rule. */}
      <button type="submit" name="do" value="check" hidden tabIndex={-1} aria-hidden="true" />
      <div className="min-w-0">
        {changeForm.unanswered && <UnansweredNote why={changeForm.unanswered} className="mb-6" />}
        {answer.kind === 'conflict' && <ConflictView yours={fields} theirs={answer.theirs} w={w} />}
        {answer.kind === 'invalid' && <ErrorList {...{ errors, fields, w }} />}
        {answer.kind === 'refused' && <AnswerNote kind="danger" title={answer.message} />}
        <LintList {...{ fields, findings, sender, w }} mayMend />
        {rules.length === 0 ? (
          <EmptyState title={w.form.empty}>
            {sender ? fill(w.form.emptyText, { sender: sender.address }) : w.form.emptyTextNoServer}
          </EmptyState>
        ) : (
          <ol
            onDrop={drag.drop}
            onDragOver={(event) => event.preventDefault()}
            className="divide-y divide-line border-y border-line"
          >
            {rules.map((rule, at) => (
              <RuleCard
                key={rule.id}
                {...{ rule, w }}
                place={at + 1}
                count={rules.length}
                open={isOpen(rule.id)}
                hasErrors={Object.keys(errors).some((name) => name.endsWith(`.${rule.id}`))}
                drag={{
                  possible: scripted && rules.length > 1,
                  start: drag.start,
                  over: drag.over,
                  end: drag.end,
                  landing: drag.landingAt(rule.id),
                  nudge: (id, by) => place(id, placeOf(id) + by),
                }}
                onToggle={(open) => setOpened(toggled(opened, rule.id, open))}
                onChange={(values) => draft.change(rule.id, values)}
              >
                <RuleFieldsView
                  key={draft.generation}
                  {...{ rule, sender, errors, coverage, w }}
                  onChange={(values) => draft.change(rule.id, values)}
                />
              </RuleCard>
            ))}
          </ol>
        )}
        <div className="mt-4 mb-6">
          <Button id="add-rule" name="do" value="add::" disabled={rules.length >= RULES_MAX}>
            {w.form.add}
          </Button>
        </div>
        <RadioGroup
          key={draft.generation}
          name="otherwise"
          legend={w.form.otherwise}
          defaultValue={fields.otherwise}
          onChange={({ target }) => draft.decideOtherwise(target.value === 'decline' ? 'decline' : 'allow')}
          options={[
            { value: 'allow', label: w.form.otherwiseAllow },
            { value: 'decline', label: w.form.otherwiseDecline },
          ]}
          className="mb-6"
        />
        <SaveBar
          save={
            <Button kind="primary" name="do" value="save" pending={changing && asked === 'save'}>
              {changing && asked === 'save' ? w.form.saving : w.form.save}
            </Button>
          }
          unsaved={draft.dirty || answer.kind === 'draft' ? w.form.unsaved : null}
          discard={
            scripted && (
              <Button type="button" kind="quiet" onClick={draft.discard}>
                {w.form.discard}
              </Button>
            )
          }
        >
          {told}
          {answer.kind === 'saved' && answer.number === props.number && !draft.dirty && (
            <span className="font-[600] text-good">{fill(w.form.saved, { number: answer.number })}</span>
          )}
        </SaveBar>
      </div>
      <div className="min-w-0 xl:self-start">
        <TryPanel
          tried={answer.kind === 'tried' ? answer : null}
          pending={changing && asked === 'try'}
          button={tryButton}
          draft
          w={w}
        />
      </div>
    </form>
  )
}

const TOLD: Record<string, 'added' | 'duplicated' | 'removed'> = {
  add: 'added',
  duplicate: 'duplicated',
  remove: 'removed',
}

function toggled(open: ReadonlySet<string>, id: string, isOpen: boolean): ReadonlySet<string> {
  if (open.has(id) === isOpen) return open
  return isOpen ? new Set([...open, id]) : new Set([...open].filter((each) => each !== id))
}

function ErrorList({ errors, fields, w }: { errors: FieldTexts; fields: PolicyFields; w: PolicyLabels }) {
  const entries = Object.entries(errors).flatMap(([name, texts]) => texts.map((text) => ({ name, text })))
  const title = entries.length === 1 ? w.form.errorTitle : fill(w.form.errorsTitle, { count: entries.length })
  return (
    <AnswerNote kind="danger" title={title}>
      <ul>
        {entries.map(({ name, text }) => {
          const at = fields.rules.findIndex(({ id }) => name.endsWith(`.${id}`))
          return (
            <li key={`${name} ${text}`}>
              {at < 0 ? (
                text
              ) : (
                <a href={`#${name}`} className="prose-link">
                  {fill(w.form.ofRule, { number: at + 1 })}: {text}
                </a>
              )}
            </li>
          )
        })}
      </ul>
    </AnswerNote>
  )
}
