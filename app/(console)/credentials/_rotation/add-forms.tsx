import { newFormToken } from '@/app/_server/form-token'
import { CERTIFICATE_DAYS_MAX, type CredentialInput } from '@/lib/credentials/rotation/add-next'
import type { Translator } from '@/lib/i18n/translations'
import { addNextAction } from '../actions'
import { CredentialForm } from './credential-form'
import { FormInput } from './form-input'
import { offeredKinds } from './parse-credential'

const DAYS_USUAL = 365
const NAME_OF = {
  secret: 'secret',
  'make-certificate': 'make',
  'import-pem': 'pem',
  'import-pfx': 'pfx',
  'federated-token': 'federated',
  'managed-identity': 'managed',
} as const satisfies Record<CredentialInput['kind'], string>

/** Every kind of credential that this deployment offers, each with a collapsed form. */
export function AddForms({
  mailServer,
  t,
}: {
  mailServer: { id: string; name: string }
  t: Translator<'credentials'>
}) {
  return (
    <div className="divide-y divide-line border-y border-line">
      {offeredKinds().map((kind) => (
        <CredentialForm
          key={kind}
          action={addNextAction}
          hidden={{ kind, mailServer: mailServer.id, formToken: newFormToken() }}
          submit={{ label: t('add.submit', { server: mailServer.name }), pending: t('act.pending'), kind: 'primary' }}
          fold={{ title: t(`add.${NAME_OF[kind]}.title`), intro: t(`add.${NAME_OF[kind]}.how`) }}
        >
          <Fields kind={kind} t={t} />
          <FormInput form={kind} name="note" label={t('add.note')} maxLength={500} />
        </CredentialForm>
      ))}
    </div>
  )
}

function Fields({ kind, t }: { kind: CredentialInput['kind']; t: Translator<'credentials'> }) {
  switch (kind) {
    case 'secret':
      return (
        <>
          <FormInput form={kind} name="newSecret" label={t('add.secret.value')} type="password" required />
          <FormInput
            form={kind}
            name="validUntil"
            label={t('add.secret.until')}
            hint={t('add.secret.untilHint')}
            type="date"
          />
        </>
      )
    case 'make-certificate':
      return (
        <FormInput
          form={kind}
          name="days"
          label={t('add.make.days')}
          hint={t('add.make.daysHint', { max: CERTIFICATE_DAYS_MAX })}
          type="number"
          min={1}
          max={CERTIFICATE_DAYS_MAX}
          defaultValue={DAYS_USUAL}
          required
        />
      )
    case 'import-pem':
    case 'import-pfx':
      return (
        <>
          <FormInput
            form={kind}
            name="file"
            label={t(kind === 'import-pem' ? 'add.pem.text' : 'add.pfx.file')}
            type="file"
            accept={kind === 'import-pem' ? '.pem,.crt,.cer,.key,.txt' : '.pfx,.p12'}
            required
          />
          <FormInput form={kind} name="filePassword" label={t('add.filePassword')} type="password" />
        </>
      )
    default:
      return null
  }
}
