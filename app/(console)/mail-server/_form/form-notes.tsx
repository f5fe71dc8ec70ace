import type { RefObject } from 'react'
import { fieldLabel, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { AnswerNote } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Note } from '@/components/note'
import { ConflictView } from './conflict-view'
import type { FieldTexts, FormState } from './form-state'
import { RulesView } from './rules-view'

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
  /** Called when a value was chosen in the conflict notice. */
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
      {answer.kind === 'conflict' && (
        <ConflictView
          form={props.form}
          yours={answer.fields}
          theirs={answer.theirs}
          onChosen={props.onChosen}
          scripted={props.scripted}
          w={w}
        />
      )}
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
      <ul>
        {Object.entries(errors).map(([name, message]) => (
          <li key={name}>
            <a href={`#${name}`} className="prose-link">
              {[fieldLabel(name, w), message].filter(Boolean).join(': ')}
            </a>
          </li>
        ))}
      </ul>
    </Note>
  )
}

/** Asks for the password if the session is not fresh enough for this save; else says why nothing was saved. */
function Refusal({
  answer,
  saving,
  scripted,
  w,
}: Pick<FormNotesProps, 'saving' | 'scripted' | 'w'> & { answer: Extract<FormState, { kind: 'refused' }> }) {
  if (!answer.confirm) return <AnswerNote kind="danger" title={answer.message} />
  return (
    <div className="mb-6">
      <ConfirmFields confirmation={answer.confirm}>
        {answer.replacing && !scripted && <p className="mb-3 text-sm text-soft">{w.form.secretAgain}</p>}
        <Button kind="primary" pending={saving}>
          {saving ? w.form.saving : w.form.confirmSave}
        </Button>
      </ConfirmFields>
    </div>
  )
}
