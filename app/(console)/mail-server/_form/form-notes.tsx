import type { RefObject } from 'react'
import { AnswerNote } from '@/app/_form/answer-note'
import { fieldLabel, fieldText, type NamedCloud, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { ErrorLinks } from '@/app/(console)/_form/field-errors'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { RadioGroup } from '@/components/inputs'
import { Note } from '@/components/note'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { RulesAffected } from '@/lib/mail-server/update-policy-rules'
import type { FieldTexts, FormState } from './form-data'
import { putValue } from './put-value'

interface FormNotesProps {
  form: RefObject<HTMLFormElement | null>
  answer: FormState
  clouds: readonly NamedCloud[]
  errors: FieldTexts
  /** Whether pasted values were tidied and nothing is wrong, so that they only have to be checked. */
  isTidied: boolean
  /** Whether the errors are those of a test, not of a save. */
  isOfTest: boolean
  maySave: boolean
  saving: boolean
  scripted: boolean
  onChosen: () => void
  w: PageLabels
}

export function FormNotes(props: FormNotesProps) {
  const { answer, errors, w } = props
  return (
    <>
      {props.isTidied && (
        <AnswerNote kind="info" title={props.isOfTest ? w.form.testTidiedTitle : w.form.tidiedTitle} />
      )}
      {answer.kind === 'conflict' && <ConflictView {...props} answer={answer} />}
      {answer.kind === 'rules' && <RulesView affected={answer.affected} w={w} />}
      {Object.keys(errors).length > 0 && <Errors errors={errors} isOfTest={props.isOfTest} w={w} />}
      {answer.kind === 'refused' && <Refusal {...props} answer={answer} />}
      {answer.kind === 'tested' && answer.replacing && !props.scripted && (
        <Note kind="info" className="mb-6">
          {w.form.secretOfTest}
        </Note>
      )}
      {!props.maySave && (
        <Note kind="info" className="mb-6">
          {w.form.operatorNote}
        </Note>
      )}
    </>
  )
}

function Errors({ errors, isOfTest, w }: Pick<FormNotesProps, 'errors' | 'isOfTest' | 'w'>) {
  return (
    <Note kind="danger" live="alert" className="mb-6" title={isOfTest ? w.form.testErrors : w.form.errors}>
      <ErrorLinks
        errors={Object.entries(errors).map(([name, message]) => ({
          name,
          text: [fieldLabel(name, w), message].filter(Boolean).join(': '),
        }))}
      />
    </Note>
  )
}

/** Asks for the password if the session is not fresh enough for this save; else says why nothing was saved. */
function Refusal(props: FormNotesProps & { answer: Extract<FormState, { kind: 'refused' }> }) {
  const { answer, saving, scripted, w } = props
  if (!answer.confirm) return <AnswerNote kind="danger" title={answer.message} />
  return (
    <div className="mb-6">
      <ConfirmFields confirmation={answer.confirm}>
        {answer.replacing && !scripted && <p className="mb-3 text-sm text-soft">{w.form.secretAgain}</p>}
        <Button kind="primary" pending={saving} text={saving ? w.form.saving : w.form.save} />
      </ConfirmFields>
    </div>
  )
}

/** Both values of each field that was saved since the form was opened and differs. Without scripts the reader enters the chosen one. */
export function ConflictView(props: {
  form: RefObject<HTMLFormElement | null>
  answer: Extract<FormState, { kind: 'conflict' }>
  clouds: readonly NamedCloud[]
  onChosen: () => void
  scripted: boolean
  w: PageLabels
}) {
  const { answer, w } = props
  const { base, fields: yours, theirs } = answer
  const sides = [
    { side: 'yours', fields: yours },
    { side: 'theirs', fields: theirs.fields },
  ] as const
  const differing = (Object.keys(yours) as (keyof MailServerFields)[]).filter(
    (name) => ![base[name], yours[name]].includes(theirs.fields[name]),
  )

  function choose(name: keyof MailServerFields, value: string | boolean) {
    if (props.form.current) putValue(props.form.current, name, value)
    props.onChosen()
  }

  return (
    <AnswerNote kind="warning" title={fill(theirs.isOwn ? w.conflict.titleOwn : w.conflict.title, { by: theirs.by })}>
      {differing.length === 0 ? (
        <p>{w.conflict.same}</p>
      ) : (
        <>
          <p>{w.conflict.text}</p>
          <div className="my-3 grid gap-3">
            {differing.map((name) => (
              <fieldset key={name} className="border-t border-line pt-2">
                <legend className="float-left w-full font-[550] text-ink">{fieldLabel(name, w)}</legend>
                <div className="clear-left grid gap-x-4 gap-y-1 sm:grid-cols-2">
                  {sides.map(({ side, fields }) => (
                    <div key={side} className="flex gap-2">
                      <input
                        type="radio"
                        id={`${name}-${side}`}
                        name={`${name}-choice`}
                        form="conflict-choices"
                        defaultChecked={side === 'yours'}
                        onChange={() => choose(name, fields[name])}
                        className="mt-0.5 size-4 shrink-0"
                      />
                      <label htmlFor={`${name}-${side}`} className="min-w-0">
                        <span className="text-faint">{w.conflict[side]}: </span>
                        <span className="text-ink">{fieldText(name, fields, props.clouds, w) || w.conflict.empty}</span>
                      </label>
                    </div>
                  ))}
                </div>
              </fieldset>
            ))}
          </div>
          <p>{w.conflict.resolve}</p>
        </>
      )}
      <p>{props.scripted ? w.conflict.secretNote : w.conflict.secretNoteScriptless}</p>
    </AnswerNote>
  )
}

/** Policy rules that name the previous sender, what would change in each, and the choice that the next save applies. */
function RulesView({ affected, w }: { affected: RulesAffected; w: PageLabels }) {
  const { number, from, to, rules } = affected
  return (
    <AnswerNote kind="warning" title={w.rules.title}>
      <p>{fill(w.rules.text, { from })}</p>
      <ul className="my-2 grid gap-1">
        {rules.map(({ place, name }) => (
          <li key={place} className="text-ink">
            {fill(w.rules.rule, { number: place, name })}: <del className="text-faint">{from}</del> → <ins>{to}</ins>
          </li>
        ))}
      </ul>
      <input type="hidden" name="rulesSeen" value={number} />
      <RadioGroup
        name="rulesAlong"
        legend={w.rules.choice}
        defaultValue="bring"
        options={[
          { value: 'bring', label: w.rules.bring, hint: w.rules.bringHint },
          { value: 'leave', label: w.rules.leave },
        ]}
        className="my-2 text-ink"
      />
      <p>{w.rules.resolve}</p>
    </AnswerNote>
  )
}
