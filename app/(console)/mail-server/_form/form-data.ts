import 'server-only'
import { numberOf } from '@/app/_form/fields'
import type { OperatorCaller } from '@/app/_server/caller'
import type { Refused } from '@/app/_server/form-action'
import type { Finished } from '@/app/(console)/_connection-test/report-view'
import type { Confirmation } from '@/components/confirm-fields'
import { ACCOUNT_FIELD } from '@/lib/access/account-field'
import { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'
import { type Locale, type MessageKey, translatorFor } from '@/lib/i18n/translations'
import { fail, isUuid, ok, type Result, recordOf } from '@/lib/kernel'
import type { MailServerService, RawFields } from '@/lib/mail-server'
import { type Assistance, assist, type TidiedValues } from '@/lib/mail-server/assist'
import { FIELDS, type MailServerChange } from '@/lib/mail-server/fields'
import { defaultFields, type MailServerFields } from '@/lib/mail-server/form-fields'
import { holdsSecret } from '@/lib/mail-server/paste'
import type { SaveFault } from '@/lib/mail-server/save'
import type { RulesAffected, RulesChoice } from '@/lib/mail-server/update-policy-rules'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { validationTexts } from '@/lib/validation/validation-error'
import { knownIds } from './known-ids'

/** What an action returns to the form, with texts in the operator's language. It is sent in clear text and never contains a secret. */
export type FormState =
  | { kind: 'untouched' }
  /** Nothing was saved or sent. `fields` are the submitted values, or corrected ones that have to be checked. */
  | ({ kind: 'invalid'; errors: FieldTexts; tidied?: Tidied } & Typed)
  /** Someone else saved in between. The next save must be based on `version`. */
  | (Extract<SaveFault, { kind: 'conflict' }> & Typed)
  /** With `confirm` the form also asks for the password and can then be submitted again. */
  | ({ kind: 'refused'; message: string; confirm?: Confirmation } & Typed)
  | { kind: 'saved'; version: number }
  | { kind: 'unchanged'; version: number }
  /** The sender changed and policy rules name the previous one. Nothing is saved until the person has chosen what happens to them. */
  | ({ kind: 'rules'; affected: RulesAffected } & Typed)
  | ({ kind: 'tested' } & Finished & Typed)

export interface Typed {
  fields: MailServerFields
  testTo: string
  /** Whether a new secret was entered. It is never sent back, so without scripts it must be entered again. */
  replacing: boolean
}

export type FieldTexts = Record<string, string>

export interface Tidied {
  values: TidiedValues
  hints: FieldTexts
}

/** The change that the form describes, or what is wrong with it. `withRecipient` also requires a valid test recipient. */
export async function readForm(
  form: FormData,
  locale: Locale,
  { withRecipient = false } = {},
): Promise<Result<MailServerChange, FormState>> {
  const raw = rawFields(form)
  const [unknown] = unknownFields(form)
  if (unknown !== undefined)
    return fail(invalid(form, { [unknown.slice(0, 60)]: { key: 'choice.unknownField' } }, locale))

  const mailServer = serviceFor(form)
  const { parse } = mailServer ?? (await services().mailServers.default())
  const recipient = withRecipient ? parseRecipientEmail(raw.testTo) : ok(null)
  const assistance = raw.type === 'smtp' ? null : assist(raw, await knownIds(mailServer, raw))
  const parsed = parse({ ...raw, ...assistance?.values })
  if (!assistance && parsed.ok && recipient.ok) return parsed
  const errors = { ...(!parsed.ok && parsed.error), ...(!recipient.ok && { testTo: recipient.error }) }
  return fail(assistance ? assisted(form, assistance, errors, locale) : invalid(form, errors, locale))
}

/** Values by name. The parser of a field refuses a value that was sent twice or as a file. */
function rawFields(form: FormData): RawFields {
  const raw: RawFields = {}
  for (const name of FIELDS) {
    const values = form.getAll(name)
    if (values.length > 0) raw[name] = values.length === 1 ? values[0] : values
  }
  return raw
}

const OTHER_NAMES = ['server', 'formToken', ACCOUNT_FIELD, 'rulesAlong', 'rulesSeen', ...CONFIRM_FIELDS]

/** The framework's own fields begin with a dollar sign. Every other unknown name is refused. */
const unknownFields = (form: FormData): string[] =>
  [...new Set(form.keys())].filter(
    (name) => !name.startsWith('$') && !OTHER_NAMES.includes(name) && !FIELDS.some((known) => known === name),
  )

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
  const typed = recordOf(Object.keys(defaults) as (keyof MailServerFields)[], text)
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

export const invalid = (form: FormData, errors: Errors, locale: Locale): Extract<FormState, { kind: 'invalid' }> => ({
  kind: 'invalid',
  ...typedIn(form),
  errors: validationTexts(translatorFor(locale, 'validation'), errors),
})
type Errors = Parameters<typeof validationTexts>[1]

/** The corrected values, shown to be checked. Nothing is saved yet; the next press submits them as they are. */
function assisted(form: FormData, { values, hints, errors }: Assistance, wrong: Errors, locale: Locale): FormState {
  const state = invalid(form, { ...wrong, ...errors }, locale)
  const { clientSecret: _, ...corrected } = values
  const tidied = { values, hints: validationTexts(translatorFor(locale, 'validation'), hints) }
  return { ...state, fields: { ...state.fields, ...corrected }, tidied }
}

export function refused(
  caller: OperatorCaller,
  form: FormData,
  key: MessageKey<'validation'>,
  params: Record<string, string | number> = {},
): Extract<FormState, { kind: 'refused' }> {
  return { kind: 'refused', ...typedIn(form), message: translatorFor(caller.locale, 'validation')(key, params) }
}

/** The same for an action that was not carried out at all. */
export const refusedAction: Refused<FormState> = (message, form, _, confirm) => ({
  kind: 'refused',
  message,
  ...typedIn(form),
  ...(confirm && { confirm }),
})
