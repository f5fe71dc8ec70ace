import { PersonForm } from '@/app/(auth)/_form/person-form'
import type { ButtonKind } from '@/components/button'
import type { Words } from '@/lib/kernel/words'
import { removeFactorAction, renewCodesAction } from './actions'

/** What can be done with a second factor that is on: new backup codes, or off. Both want the password again. */
export function OwnFactor({ t, email }: { t: Words; email: string }) {
  const again = (name: string, submit: string, kind: ButtonKind) => ({
    username: email,
    fields: [{ kind: 'password' as const, name, label: t('field.currentPassword'), autoComplete: 'current-password' }],
    submit: { label: submit, pending: t('form.pending'), kind },
  })
  return (
    <>
      <p>{t('account.factorOn')}</p>
      <details className="mt-4">
        <summary>{t('account.codesRenew')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.codesRenewEffect')}</p>
          <PersonForm
            action={renewCodesAction}
            {...again('codesPassword', t('account.codesRenewSubmit'), 'secondary')}
          />
        </div>
      </details>
      <details className="mt-3">
        <summary>{t('account.factorRemove')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.factorRemoveEffect')}</p>
          <PersonForm
            action={removeFactorAction}
            {...again('removePassword', t('account.factorRemoveSubmit'), 'danger')}
          />
        </div>
      </details>
    </>
  )
}
