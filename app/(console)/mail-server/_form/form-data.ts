import { isUuid } from '@/lib/kernel/ids'
import 'server-only'
import { CONFIRM_FIELDS } from '@/app/_server/confirmation'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { Result } from '@/lib/kernel/result'
import {
  FIELDS,
  type FieldErrors,
  type MailServerFields,
  type MailServerService,
  type RawFields,
} from '@/lib/mail-server'
import { type Assistance, assist, type KnownIds } from '@/lib/mail-server/assist'
import { defaultFields } from '@/lib/mail-server/form-fields'
import { holdsSecret } from '@/lib/mail-server/paste'
import type { MailServerChange } from '@/lib/mail-server/settings'
import type { RulesChoice } from '@/lib/mail-server/update-policy-rules'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import type { FieldTexts, FormState, Typed } from './form-state'

/** What is put back into a field: enough to mend it, too little to blow the page up. */
const TYPED_CHARS_MAX = 1_000
const OTHER_NAMES = ['server', 'formToken', 'rulesAlong', 'rulesSeen', ...CONFIRM_FIELDS]

/** Values by name. A name sent twice, or as a file, is no text, and its parser says so (W-03). */
export function rawFields(form: FormData): RawFields {
  const raw: RawFields = {}
  for (const name of FIELDS) {
    const values = form.getAll(name)
    if (values.length > 0) raw[name] = values.length === 1 ? values[0] : values
  }
  return raw
}

/** The framework's own fields begin with a dollar sign; any other name we do not know is refused. */
export const unknownFields = (form: FormData): string[] =>
  [...new Set(form.keys())].filter(
    (name) => !name.startsWith('$') && !OTHER_NAMES.includes(name) && !FIELDS.some((known) => known === name),
  )

/** What was typed, to show it again. It reads each field by name and leaves the secrets out, also one in a wrong field. */
export function typedIn(form: FormData): Typed {
  const defaults = defaultFields(services().clouds)
  const text = (name: keyof MailServerFields | 'testTo'): string => {
    const value = form.get(name)
    if (typeof value !== 'string') return name === 'testTo' ? '' : String(defaults[name])
    return holdsSecret(value) ? '' : value.slice(0, TYPED_CHARS_MAX)
  }
  const security = text('security')
  const fields: MailServerFields = {
    type: text('type') === 'smtp' ? 'smtp' : 'exchange-online-oauth2',
    senderAddress: text('senderAddress'),
    senderName: text('senderName'),
    allowIndividualSenders: form.get('allowIndividualSenders') === 'on',
    cloud: text('cloud'),
    tenantId: text('tenantId'),
    clientId: text('clientId'),
    secretExpiresAt: text('secretExpiresAt'),
    host: text('host'),
    port: text('port'),
    security: security === 'tls' || security === 'none' ? security : 'starttls',
    login: text('login') === 'password' ? 'password' : 'none',
    username: text('username'),
  }
  const choice = fields.type === 'smtp' ? 'passwordChange' : 'clientSecretChange'
  return { fields, testTo: text('testTo'), replacing: form.get(choice) === 'replace' }
}

export function texts(validationErrors: Record<string, ValidationError | undefined>, locale: Locale): FieldTexts {
  const t = translatorFor(locale, 'validation')
  return Object.fromEntries(
    Object.entries(validationErrors).flatMap(([name, validationError]) =>
      validationError ? [[name, validationErrorText(t, validationError)]] : [],
    ),
  )
}

export type ReadForm = { kind: 'change'; change: MailServerChange } | { kind: 'state'; state: FormState }

/** The form's change, or the state that says what is wrong with it. `withRecipient` also asks for a good test address. */
export async function readForm(form: FormData, locale: Locale, { withRecipient = false } = {}): Promise<ReadForm> {
  const typed = typedIn(form)
  const raw = rawFields(form)
  const [unknown] = unknownFields(form)
  if (unknown !== undefined) return invalid(typed, { [unknown.slice(0, 60)]: { key: 'choice.unknownField' } }, locale)

  const recipient = withRecipient ? parseRecipientEmail(raw.testTo) : null
  const recipientError: FieldErrors = recipient && !recipient.ok ? { testTo: recipient.error } : {}
  const named = serviceFor(form)
  const help = typed.fields.type === 'exchange-online-oauth2' ? assist(raw, await knownIds(named, raw)) : null
  const { parse } = named ?? (await services().mailServers.default())
  if (help) return assisted(typed, parse({ ...raw, ...help.values }), help, recipientError, locale)

  const parsed = parse(raw)
  if (parsed.ok && Object.keys(recipientError).length === 0) return { kind: 'change', change: parsed.value }
  return invalid(typed, { ...(parsed.ok ? {} : parsed.error), ...recipientError }, locale)
}

function invalid(
  typed: Typed,
  validationErrors: Record<string, ValidationError | undefined>,
  locale: Locale,
): ReadForm {
  return { kind: 'state', state: { kind: 'invalid', ...typed, errors: texts(validationErrors, locale) } }
}

/** The tidied values are shown to be checked. Nothing is saved yet; the next press takes them as they are. */
function assisted(
  typed: Typed,
  parsed: Result<MailServerChange, FieldErrors>,
  { values, hints, errors }: Assistance,
  more: FieldErrors,
  locale: Locale,
): ReadForm {
  const { clientSecret: _, ...shown } = values
  const state: FormState = {
    kind: 'invalid',
    ...typed,
    fields: { ...typed.fields, ...shown },
    errors: texts({ ...(parsed.ok ? {} : parsed.error), ...more, ...errors }, locale),
    tidied: { values, hints: texts(hints, locale) },
  }
  return { kind: 'state', state }
}

/** What is stored and what the last tokens told, to recognise one ID in another's place. */
async function knownIds(mailServer: MailServerService | null, { clientId: typed }: RawFields): Promise<KnownIds> {
  if (!mailServer) return { tenantId: null, clientId: null, objectId: null }
  const settings = (await mailServer.savedChange())?.settings
  const { tenantId, clientId } =
    settings?.type === 'exchange-online-oauth2' ? settings : { tenantId: null, clientId: null }
  // The saved client ID is no Object ID in its place, so nobody need look for that.
  return { tenantId, clientId, objectId: typed === clientId ? null : await mailServer.objectId() }
}

/** The mail server whose form it is; null: the form names none. */
export function serviceFor(form: FormData): MailServerService | null {
  const id = form.get('server')
  return isUuid(id) ? services().mailServers.of(id) : null
}

/** What becomes of policy rules that name the former sender; nothing said: it is asked. */
export function rulesChoiceIn(form: FormData): RulesChoice {
  const seen = form.get('rulesSeen')
  if (form.get('rulesAlong') === 'leave') return { kind: 'leave' }
  return form.get('rulesAlong') === 'bring' && typeof seen === 'string' && /^\d{1,9}$/.test(seen)
    ? { kind: 'replace', revision: Number(seen) }
    : { kind: 'ask' }
}

/** The version the form was made on; null when it is not there or no number. */
export function versionIn(form: FormData): number | null {
  const value = form.get('version')
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null
}
