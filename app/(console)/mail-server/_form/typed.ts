import { recordOf } from '@/lib/kernel/record-of'
import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import type { Locale } from '@/lib/i18n/locale'
import { type MessageKey, translatorFor } from '@/lib/i18n/translations'
import type { MailServerFields } from '@/lib/mail-server'
import { defaultFields } from '@/lib/mail-server/form-fields'
import { holdsSecret } from '@/lib/mail-server/paste'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import type { FieldTexts, FormState, Typed } from './form-state'

/** Characters of a value that is shown again: enough to correct it, too few to bloat the page. */
const TYPED_CHARS_MAX = 1_000

/** The submitted values, to show them again. It leaves secrets out, even one that is in a wrong field. */
export function typedIn(form: FormData): Typed {
  const defaults = defaultFields(services().clouds)
  const text = (name: keyof MailServerFields | 'testTo'): string => {
    const value = form.get(name)
    if (typeof value !== 'string') return name === 'testTo' ? '' : String(defaults[name])
    return holdsSecret(value) ? '' : value.slice(0, TYPED_CHARS_MAX)
  }
  const names = Object.keys(defaults) as (keyof MailServerFields)[]
  const typed = recordOf(names, text)
  const { type, security, login } = typed
  const fields: MailServerFields = {
    ...typed,
    type: type === 'smtp' ? type : 'exchange-online-oauth2',
    allowIndividualSenders: form.get('allowIndividualSenders') === 'on',
    security: security === 'tls' || security === 'none' ? security : 'starttls',
    login: login === 'password' ? login : 'none',
  }
  const choice = fields.type === 'smtp' ? 'passwordChange' : 'clientSecretChange'
  return { fields, testTo: text('testTo'), replacing: form.get(choice) === 'replace' }
}

/** The texts of validation errors, by field. */
export function texts(validationErrors: Record<string, ValidationError | undefined>, locale: Locale): FieldTexts {
  const t = translatorFor(locale, 'validation')
  return Object.fromEntries(
    Object.entries(validationErrors).flatMap(([name, validationError]) =>
      validationError ? [[name, validationErrorText(t, validationError)]] : [],
    ),
  )
}

/** Says why nothing was saved, with the submitted values. */
export function refused(
  caller: OperatorCaller,
  form: FormData,
  key: MessageKey<'validation'>,
  params: Record<string, string | number> = {},
): Extract<FormState, { kind: 'refused' }> {
  return { kind: 'refused', ...typedIn(form), message: translatorFor(caller.locale, 'validation')(key, params) }
}
