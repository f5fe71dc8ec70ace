import type { RefObject } from 'react'
import { fieldLabel, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { AnswerNote } from '@/app/(console)/_form/answer-note'
import { ErrorLinks } from '@/app/(console)/_form/field-errors'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { RadioGroup } from '@/components/inputs'
import { Note } from '@/components/note'
import type { RulesAffected } from '@/lib/mail-server/update-policy-rules'
import { ConflictView } from './conflict-view'
import type { FieldTexts, FormState } from './form-data'

interface FormNotesProps {
  form: RefObject<HTMLFormElement | null>
  answer: FormState
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

/** What the answer says, above the fields. */
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
  const [one, several] = isOfTest
    ? [w.form.testErrorTitle, w.form.testErrorsTitle]
    : [w.form.errorTitle, w.form.errorsTitle]
  const count = Object.keys(errors).length
  return (
    <Note kind="danger" live="alert" className="mb-6" title={fill(count === 1 ? one : several, { count })}>
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
        <Button kind="primary" pending={saving} text={saving ? w.form.saving : w.form.confirmSave} />
      </ConfirmFields>
    </div>
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
