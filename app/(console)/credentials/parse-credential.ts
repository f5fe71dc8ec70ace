import 'server-only'
import { type Outcome, refusedField, refusedWith, textOf } from '@/app/_form/outcome'
import { parseDayAhead } from '@/lib/credentials/edit'
import { CERTIFICATE_DAYS_MAX, type CredentialInput } from '@/lib/credentials/rotation/add-next'
import { type Locale, translatorFor } from '@/lib/i18n/translations'
import { fail, ok, type Result } from '@/lib/kernel'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { parseClientSecret } from '@/lib/validation/entra-identity'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'

/** The kinds that the deployment supports. Only these are offered, and only these are accepted. */
export function offeredKinds(): readonly CredentialInput['kind'][] {
  const { federatedTokenFile, managedIdentity } = services().environment
  return [
    'secret',
    'make-certificate',
    'import',
    ...(federatedTokenFile ? (['federated-token'] as const) : []),
    ...(managedIdentity ? (['managed-identity'] as const) : []),
  ]
}

export async function credentialInputIn(form: FormData, locale: Locale): Promise<Result<CredentialInput, Outcome>> {
  const t = translatorFor(locale, 'credentials')
  const reported = (name: string, validationError: ValidationError, label: string) =>
    fail(refusedField(name, validationErrorText(translatorFor(locale, 'validation'), validationError, label), form))
  const kind = offeredKinds().find((offered) => offered === textOf(form, 'kind'))
  switch (kind) {
    case 'secret': {
      const value = parseClientSecret(textOf(form, 'newSecret'))
      if (!value.ok) return reported('newSecret', value.error, t('ways.value'))
      const until = parseDayAhead(textOf(form, 'validUntil'), services().clock.now())
      return until.ok
        ? ok({ kind, value: value.value, expiresAt: until.value })
        : reported('validUntil', until.error, t('one.editDate'))
    }
    case 'make-certificate': {
      const days = Number(textOf(form, 'days'))
      const isFit = Number.isInteger(days) && days >= 1 && days <= CERTIFICATE_DAYS_MAX
      return isFit
        ? ok({ kind, days })
        : fail(refusedField('days', t('fault.days', { max: CERTIFICATE_DAYS_MAX }), form))
    }
    case 'import': {
      const file = form.get('file')
      if (!(file instanceof Blob) || file.size === 0) return fail(refusedField('file', t('fault.no-file'), form))
      const bytes = Buffer.from(await file.arrayBuffer())
      const typed = textOf(form, 'filePassword')
      const password = typed === '' ? null : new Redacted(typed)
      // The file itself shows whether it is PEM or PFX.
      const isPem = bytes.includes('-----BEGIN ')
      return ok({
        kind,
        file: isPem
          ? { kind: 'pem', text: new Redacted(bytes.toString('utf8')), password }
          : { kind: 'pfx', bytes, password },
      })
    }
    case 'federated-token':
    case 'managed-identity':
      return ok({ kind })
    default:
      return fail(refusedWith(t('fault.kind'), form))
  }
}
