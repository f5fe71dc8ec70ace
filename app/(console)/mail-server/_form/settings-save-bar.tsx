import { Fragment } from 'react'
import { fieldLabel, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { fill } from '@/app/(console)/_form/labels'
import { answerKey } from '@/components/answer-key'
import { Button } from '@/components/button'
import { SaveBar } from '@/components/save-bar'
import type { FormState } from './form-data'

export function SettingsSaveBar(props: {
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
}) {
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
      {isDirty ? null : answer.kind === 'saved' && props.isCurrent ? (
        <>
          <span className="font-[600] text-good">{fill(w.saved, { version: answer.version })}</span>{' '}
          {!props.isVerified && w.savedHint}
        </>
      ) : answer.kind === 'unchanged' ? (
        <Fragment key={answerKey(answer)}>{w.unchanged}</Fragment>
      ) : props.isUnsaved ? (
        w.notSaved
      ) : isFirst ? (
        w.nothingSaved
      ) : (
        w.noChanges
      )}
    </SaveBar>
  )
}

/** "2 fields changed: Host, Port". The choice of a new secret counts as the secret. */
function changesText(changed: readonly string[], w: PageLabels): string {
  const labels = [...new Set(changed.map((name) => fieldLabel(SECRET_OF[name] ?? name, w) ?? name))]
  const text = labels.length === 1 ? w.form.changedOne : w.form.changed
  return fill(text, { count: labels.length, fields: labels.join(', ') })
}
const SECRET_OF: Record<string, string> = { clientSecretChange: 'clientSecret', passwordChange: 'password' }
