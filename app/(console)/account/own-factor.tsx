import { PersonForm } from '@/app/(auth)/_form/person-form'
import type { Words } from '@/lib/kernel/words'
import { removeFactorAction, renewCodesAction } from './actions'

/** What can be done with a second factor that is on: new backup codes, or off. Both want the password again. */
export function OwnFactor({ t, email }: { t: Words; email: string }) {
  return (
    <>
      <p>{t('account.factorOn')}</p>
      <details className="mt-4">
        <summary>{t('account.codesRenew')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.codesRenewEffect')}</p>
          <PersonForm
            action={renewCodesAction}
            username={email}
            fields={[
              {
                kind: 'password',
                name: 'codesPassword',
                label: t('field.currentPassword'),
                autoComplete: 'current-password',
              },
            ]}
            submit={{ label: t('account.codesRenewSubmit'), pending: t('form.pending'), kind: 'secondary' }}
          />
        </div>
      </details>
      <details className="mt-3">
        <summary>{t('account.factorRemove')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.factorRemoveEffect')}</p>
          <PersonForm
            action={removeFactorAction}
            username={email}
            fields={[
              {
                kind: 'password',
                name: 'removePassword',
                label: t('field.currentPassword'),
                autoComplete: 'current-password',
              },
            ]}
            submit={{ label: t('account.factorRemoveSubmit'), pending: t('form.pending'), kind: 'danger' }}
          />
        </div>
      </details>
    </>
  )
}
