import { PersonForm } from '@/app/_form/person-form'
import type { ButtonKind } from '@/components/button'
import type { Confirmation } from '@/components/confirm-fields'
import type { Translator } from '@/lib/i18n/translations'
import { removeFactorAction, renewCodesAction } from './actions'

/** What can be done with a second factor that is on: new backup codes, or off. Both ask for password and code each time. */
export function OwnFactor({ t, confirm }: { t: Translator<'people'>; confirm: Confirmation }) {
  const again = (submit: string, kind: ButtonKind) => ({
    confirm,
    fields: [],
    submit: { label: submit, pending: t('form.pending'), kind },
  })
  return (
    <>
      <p>{t('account.factorOn')}</p>
      <details className="mt-4">
        <summary>{t('account.codesRenew')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.codesRenewEffect')}</p>
          <PersonForm action={renewCodesAction} {...again(t('account.codesRenewSubmit'), 'secondary')} />
        </div>
      </details>
      <details className="mt-3">
        <summary>{t('account.factorRemove')}</summary>
        <div className="mt-3">
          <p className="mb-3 text-sm text-soft">{t('account.factorRemoveEffect')}</p>
          <PersonForm action={removeFactorAction} {...again(t('account.factorRemoveSubmit'), 'danger')} />
        </div>
      </details>
    </>
  )
}
