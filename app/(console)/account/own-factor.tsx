import { PersonForm } from '@/app/_form/person-form'
import type { ButtonKind } from '@/components/button'
import type { Confirmation } from '@/components/confirm-fields'
import { Fold } from '@/components/fold'
import type { Translator } from '@/lib/i18n/translations'
import { removeFactorAction, renewCodesAction } from './actions'

/** What can be done with a second factor that is on: new backup codes, or off. Both ask for password and code each time. */
export function OwnFactor(props: { codesLeft: number; t: Translator<'people'>; confirm: Confirmation }) {
  const { codesLeft, t, confirm } = props
  const again = (submit: string, kind: ButtonKind) => ({
    confirm,
    fields: [],
    submit: { label: submit, kind },
  })
  return (
    <>
      <p className="mb-2 text-soft">
        {t('account.factorOn')} {t('account.codesLeft', { count: codesLeft })}
      </p>
      <Fold summary={t('account.codesRenew')}>
        <p className="mb-3 text-sm text-soft">{t('account.codesRenewEffect')}</p>
        <PersonForm action={renewCodesAction} {...again(t('account.codesRenewSubmit'), 'secondary')} />
      </Fold>
      <Fold summary={t('account.factorRemove')}>
        <p className="mb-3 text-sm text-soft">{t('account.factorRemoveEffect')}</p>
        <PersonForm action={removeFactorAction} {...again(t('account.factorRemoveSubmit'), 'danger')} />
      </Fold>
    </>
  )
}
