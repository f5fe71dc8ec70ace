import { numberOf } from '@/app/_form/fields'
import 'server-only'
import { CONFIRM_FIELDS } from '@/app/_server/confirmation'
import type { Locale } from '@/lib/i18n/locale'
import { isUuid } from '@/lib/kernel/ids'
import { FIELDS, type FieldErrors, type MailServerService, type RawFields } from '@/lib/mail-server'
import type { MailServerChange } from '@/lib/mail-server/settings'
import type { RulesChoice } from '@/lib/mail-server/update-policy-rules'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import type { ValidationError } from '@/lib/validation/validation-error'
import type { FormState } from './form-state'
import { assistanceFor, assisted } from './paste-assistance'
import { texts, typedIn } from './typed'

const OTHER_NAMES = ['server', 'formToken', 'rulesAlong', 'rulesSeen', ...CONFIRM_FIELDS]

/** Values by name. The parser of a field refuses a value that was sent twice or as a file. */
function rawFields(form: FormData): RawFields {
  const raw: RawFields = {}
  for (const name of FIELDS) {
    const values = form.getAll(name)
    if (values.length > 0) raw[name] = values.length === 1 ? values[0] : values
  }
  return raw
}

/** The framework's own fields begin with a dollar sign. Every other unknown name is refused. */
const unknownFields = (form: FormData): string[] =>
  [...new Set(form.keys())].filter(
    (name) => !name.startsWith('$') && !OTHER_NAMES.includes(name) && !FIELDS.some((known) => known === name),
  )

export type ReadForm = { kind: 'change'; change: MailServerChange } | { kind: 'state'; state: FormState }

/** The change that the form describes, or what is wrong with it. `withRecipient` also requires a valid test recipient. */
export async function readForm(form: FormData, locale: Locale, { withRecipient = false } = {}): Promise<ReadForm> {
  const raw = rawFields(form)
  const typed = typedIn(form)
  const invalid = (validationErrors: Record<string, ValidationError | undefined>): ReadForm => ({
    kind: 'state',
    state: { kind: 'invalid', ...typed, errors: texts(validationErrors, locale) },
  })
  const [unknown] = unknownFields(form)
  if (unknown !== undefined) return invalid({ [unknown.slice(0, 60)]: { key: 'choice.unknownField' } })

  const mailServer = serviceFor(form)
  const { parse } = mailServer ?? (await services().mailServers.default())
  const recipient = withRecipient ? parseRecipientEmail(raw.testTo) : null
  const recipientError: FieldErrors = recipient && !recipient.ok ? { testTo: recipient.error } : {}
  const assistance = typed.fields.type === 'exchange-online-oauth2' ? await assistanceFor(mailServer, raw) : null

  const parsed = parse({ ...raw, ...assistance?.values })
  const errors: FieldErrors = { ...(parsed.ok ? {} : parsed.error), ...recipientError }
  if (assistance) return { kind: 'state', state: assisted(typed, assistance, errors, locale) }
  return parsed.ok && Object.keys(errors).length === 0 ? { kind: 'change', change: parsed.value } : invalid(errors)
}

/** The mail server of the form; null if the form names none. */
export function serviceFor(form: FormData): MailServerService | null {
  const id = form.get('server')
  return isUuid(id) ? services().mailServers.of(id) : null
}

/** What happens to policy rules that name the previous sender. The default is to ask. */
export function rulesChoiceIn(form: FormData): RulesChoice {
  const revision = numberOf(form, 'rulesSeen')
  if (form.get('rulesAlong') === 'leave') return { kind: 'leave' }
  return form.get('rulesAlong') === 'bring' && revision !== null ? { kind: 'replace', revision } : { kind: 'ask' }
}
