import type { ComponentProps } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { Field, wired } from '@/components/field'
import { CERTIFICATE_DAYS_MAX, type GivenCredential } from '@/lib/credentials/add-next'
import type { Words } from '@/lib/kernel/words'
import { addNextAction } from './actions'
import { CredentialForm } from './credential-form'
import { offeredKinds } from './given'

const DAYS_USUAL = 365
const NAME_OF: Record<GivenCredential['kind'], string> = {
  secret: 'secret',
  'make-certificate': 'make',
  'import-pem': 'pem',
  'import-pfx': 'pfx',
  'federated-token': 'federated',
  'managed-identity': 'managed',
}

/** Every way to a next credential that this deployment offers, each folded up with its own form. */
export function AddForms({ mailServerId, t }: { mailServerId: string; t: Words }) {
  return (
    <div className="divide-y divide-line border-y border-line">
      {offeredKinds().map((kind) => (
        <details key={kind} className="py-2">
          <summary className="py-1 font-[550]">{t(`add.${NAME_OF[kind]}.title`)}</summary>
          <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">{t(`add.${NAME_OF[kind]}.how`)}</p>
          <CredentialForm
            action={addNextAction}
            hidden={{ kind, mailServer: mailServerId, formToken: newFormToken() }}
            submit={{ label: t('add.submit'), pending: t('act.pending'), kind: 'primary' }}
          >
            <Fields kind={kind} t={t} />
            <Input form={kind} name="note" label={t('add.note')} maxLength={500} />
          </CredentialForm>
        </details>
      ))}
    </div>
  )
}

function Fields({ kind, t }: { kind: GivenCredential['kind']; t: Words }) {
  switch (kind) {
    case 'secret':
      return (
        <>
          <Input form={kind} name="newSecret" label={t('add.secret.value')} type="password" required />
          <Input
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
        <Input
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
          <Input
            form={kind}
            name="file"
            label={t(kind === 'import-pem' ? 'add.pem.text' : 'add.pfx.file')}
            type="file"
            accept={kind === 'import-pem' ? '.pem,.crt,.cer,.key,.txt' : '.pfx,.p12'}
            required
          />
          <Input form={kind} name="filePassword" label={t('add.filePassword')} type="password" />
        </>
      )
    default:
      return null
  }
}

/** Several forms of this page have fields of the same name, so the id has the form's beside it. No password manager fills it. */
function Input({
  form,
  name,
  label,
  hint,
  ...native
}: Omit<ComponentProps<'input'>, 'form' | 'name'> & { form: string; name: string; label: string; hint?: string }) {
  const words = { name: `${form}-${name}`, ...(hint && { hint }) }
  return (
    <Field label={label} {...words}>
      <input
        type="text"
        autoComplete="off"
        data-1p-ignore=""
        data-lpignore="true"
        spellCheck={false}
        {...native}
        {...wired(words)}
        name={name}
        className={`control ${native.type === 'password' ? 'font-mono text-[0.875rem]' : ''}`}
      />
    </Field>
  )
}
