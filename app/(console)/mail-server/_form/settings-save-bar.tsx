import { Fragment } from 'react'
import { fieldLabel, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { fill } from '@/app/(console)/_form/labels'
import { answerKey } from '@/components/answer-key'
import { Button } from '@/components/button'
import { SaveBar } from '@/components/save-bar'
import type { FormState } from './form-data'

interface SettingsSaveBarProps {
  answer: FormState
  pending: boolean
  discard: () => void
  changed: readonly string[]
  /** Whether the form has other values than the saved ones, even if nothing was typed since it came with the page. */
  isUnsaved: boolean
  isFirst: boolean
  /** Whether the page shows the version that was just saved. */
  isCurrent: boolean
  isVerified: boolean
  w: PageLabels
}

export function SettingsSaveBar(props: SettingsSaveBarProps) {
  const { answer, pending, changed, isFirst } = props
  const { form: w } = props.w
  const isConfirming = answer.kind === 'refused' && answer.confirm !== undefined
  const isDirty = changed.length > 0
  return (
    <SaveBar
      save={
        !isConfirming && (
          <Button
            kind={isDirty || isFirst || props.isUnsaved ? 'primary' : 'secondary'}
            pending={pending}
            text={pending ? w.saving : w.save}
          />
        )
      }
      unsaved={isDirty ? changesText(changed, props.w) : null}
      discard={<Button type="button" kind="quiet" onClick={props.discard} text={w.discard} />}
    >
      {!isDirty && <SavedNote {...props} />}
    </SaveBar>
  )
}

/** What the bar says while nothing is typed. */
function SavedNote({ answer, isCurrent, isVerified, isUnsaved, isFirst, w: { form: w } }: SettingsSaveBarProps) {
  if (answer.kind === 'saved' && isCurrent)
    return (
      <>
        <span className="font-[600] text-good">{fill(w.saved, { version: answer.version })}</span>{' '}
        {!isVerified && w.savedHint}
      </>
    )
  if (answer.kind === 'unchanged') return <Fragment key={answerKey(answer)}>{w.unchanged}</Fragment>
  if (isUnsaved) return w.notSaved
  return isFirst ? w.nothingSaved : w.noChanges
}

/** "Changed fields (2): Host, Port". The choice of a new secret counts as the secret. */
function changesText(changed: readonly string[], w: PageLabels): string {
  const labels = [...new Set(changed.map((name) => fieldLabel(SECRET_OF[name] ?? name, w) ?? name))]
  const text = labels.length === 1 ? w.form.changedOne : w.form.changed
  return fill(text, { count: labels.length, fields: labels.join(', ') })
}
const SECRET_OF: Record<string, string> = { clientSecretChange: 'clientSecret', passwordChange: 'password' }
