import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { SaveBar } from '@/components/save-bar'
import type { FormState } from './form-state'

export function SettingsSaveBar(props: {
  answer: FormState
  pending: boolean
  dirty: boolean
  /** Whether the page shows the version that was just saved. */
  isCurrent: boolean
  isVerified: boolean
  w: PageLabels['form']
}) {
  const { answer, pending, dirty, w } = props
  const isConfirming = answer.kind === 'refused' && answer.confirm !== undefined
  return (
    <SaveBar
      save={
        !isConfirming && (
          <Button kind="primary" pending={pending}>
            {pending ? w.saving : w.save}
          </Button>
        )
      }
      unsaved={dirty ? w.unsaved : null}
      discard={
        <Button type="reset" kind="quiet" className="max-sm:px-2">
          {w.discard}
        </Button>
      }
    >
      {answer.kind === 'unchanged' && !dirty && w.unchanged}
      {answer.kind === 'saved' && props.isCurrent && !dirty && (
        <>
          <span className="font-[600] text-good">{fill(w.saved, { version: answer.version })}</span>{' '}
          {!props.isVerified && w.savedHint}
        </>
      )}
    </SaveBar>
  )
}
