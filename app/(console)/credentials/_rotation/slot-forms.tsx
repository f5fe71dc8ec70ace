import { newFormToken } from '@/app/_server/form-token'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import { discardNextAction, makeCurrentAction, removeAction, testNextAction } from '../actions'
import { CredentialForm } from './credential-form'
import type { Stage } from './next-step'

type T = Translator<'credentials'>

export const submitButton = (t: T, label: string, kind: 'primary' | 'secondary' | 'danger' = 'secondary') => ({
  label,
  pending: t('act.pending'),
  kind,
})

/** Tests the prepared credential, makes it current, or discards it. */
export function NextForms(props: { slots: SlotsView; stage: Stage; mayWrite: boolean; mayTest: boolean; t: T }) {
  const { slots, stage, mayWrite, mayTest, t } = props
  const { next, mailServer } = slots
  if (!next) return null
  const { id, name: server, version } = mailServer
  return (
    <>
      {mayTest && stage !== 'asking' && (
        <CredentialForm
          action={testNextAction}
          hidden={{ mailServer: id }}
          submit={submitButton(
            t,
            t(next.latestProbe ? 'act.testAgain' : 'act.test', { server }),
            stage === 'current' ? 'secondary' : 'primary',
          )}
        />
      )}
      {mayWrite && stage === 'current' && (
        <CredentialForm
          action={makeCurrentAction}
          hidden={{ mailServer: id, credential: next.id, version, formToken: newFormToken() }}
          submit={submitButton(t, t('act.makeCurrent', { server }), 'primary')}
        />
      )}
      {mayWrite && (
        <CredentialForm
          action={discardNextAction}
          hidden={{ mailServer: id, credential: next.id, formToken: newFormToken() }}
          submit={submitButton(t, t('act.discard', { server }))}
        />
      )}
    </>
  )
}

/** Deletes the secret of a previous credential; while mail may need it, only with the tick. */
export function RemoveForm({ view, t }: { view: CredentialView; t: T }) {
  const { id: mailServer, name: server } = view.mailServer
  return (
    <CredentialForm
      action={removeAction}
      hidden={{ mailServer, credential: view.id, formToken: newFormToken() }}
      submit={submitButton(t, t('act.remove', { server }), 'danger')}
    >
      {view.keptBecause && (
        <label className="flex gap-2 text-sm">
          <input type="checkbox" name="insist" className="mt-0.5 size-4 shrink-0" />
          {t('act.insist')}
        </label>
      )}
    </CredentialForm>
  )
}
