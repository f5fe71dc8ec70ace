import { type Cloud, fail, type MailServerSettings, ok, type Redacted, type Result } from '../kernel'
import { parseSenderEmail } from '../validation/email-address'
import {
  expiryInstant,
  parseClientId,
  parseClientSecret,
  parseSecretExpiresAt,
  parseTenantId,
} from '../validation/entra-identity'
import { type HostAllowance, parseSmtpHost, parseSmtpPort } from '../validation/host-name'
import { parseSmtpPassword, parseSmtpUsername } from '../validation/password'
import { parseDisplayName } from '../validation/text'
import { allParsed, invalid, type Parsed, parseChoice, type ValidationError } from '../validation/validation-error'
import { defaultFields, type MailServerFields } from './form-fields'

const NOT_SHOWN = ['clientSecretChange', 'clientSecret', 'passwordChange', 'password', 'version', 'testTo'] as const
/** The fields of form and settings file, by the names that both use. */
export type FieldName = keyof MailServerFields | (typeof NOT_SHOWN)[number]
export const FIELDS = [...Object.keys(defaultFields([])), ...NOT_SHOWN] as FieldName[]
export type FieldErrors = Partial<Record<FieldName, ValidationError>>

/** "Keep" and "replace" are explicit: an empty value never means the stored secret. `none` means no login, or no credential yet. */
export type SecretChange = { kind: 'keep' } | { kind: 'replace'; value: Redacted } | { kind: 'none' }

/** A validated change, from the form, a settings file or a test. */
export interface MailServerChange {
  settings: MailServerSettings
  secret: SecretChange
  /** Expiry date of the client secret; null if it is not known. Used only with `exchange-online-oauth2`. */
  secretExpiresAt: Date | null
}

/** Unparsed values of any type. A field that was not sent is absent. */
export type RawFields = Partial<Record<FieldName, unknown>>

/** What the deployment allows. It is set in the environment, not in the console. */
export interface Deployment {
  clouds: readonly Cloud[]
  allowance: HostAllowance
  plaintextAllowed: boolean
}

/** The change that form, settings file or test describe, or what is wrong with each field. Fields of the other type are ignored. */
export function parse(
  { deployment }: { deployment: Deployment },
  raw: RawFields,
): Result<MailServerChange, FieldErrors> {
  if (raw.type === 'smtp') return smtpChange(raw, deployment)
  if (raw.type === 'exchange-online-oauth2') return exchangeChange(raw, deployment)
  const sender = allParsed(senderFields(raw))
  return fail({ type: { key: 'choice.type' }, ...(!sender.ok && sender.error) })
}

const senderFields = (raw: RawFields) => ({
  senderAddress: parseSenderEmail(raw.senderAddress),
  senderName: parseDisplayName(raw.senderName ?? ''),
})

function exchangeChange(raw: RawFields, { clouds }: Deployment): Result<MailServerChange, FieldErrors> {
  const ids = clouds.map(({ id }) => id)
  const [tenantId, clientId] = [parseTenantId(raw.tenantId), parseClientId(raw.clientId)]
  const isSameId = tenantId.ok && clientId.ok && tenantId.value === clientId.value
  const { clientSecretChange: choice, secretExpiresAt } = raw
  const parsed = allParsed({
    ...senderFields(raw),
    cloud: parseChoice(raw.cloud, ids, 'choice.cloud'),
    tenantId: isSameId ? invalid('tenantId.isClientId') : tenantId,
    clientId,
    allowIndividualSenders: parseChecked(raw.allowIndividualSenders),
    clientSecretChange: choice === 'none' ? ok(choice) : parseSecretChoice(choice),
    clientSecret: parseSecretChange(choice, raw.clientSecret, parseClientSecret),
    secretExpiresAt:
      secretExpiresAt === undefined || secretExpiresAt === '' ? ok(null) : parseSecretExpiresAt(secretExpiresAt),
  })
  if (!parsed.ok) return parsed
  const { clientSecretChange: _, clientSecret: secret, secretExpiresAt: expires, ...settings } = parsed.value
  return ok({
    settings: { type: 'exchange-online-oauth2', ...settings },
    secret,
    secretExpiresAt: expires === null ? null : expiryInstant(expires),
  })
}

function smtpChange(raw: RawFields, deployment: Deployment): Result<MailServerChange, FieldErrors> {
  const hasLogin = raw.login === 'password'
  const choice = hasLogin ? raw.passwordChange : 'none'
  const parsed = allParsed({
    ...senderFields(raw),
    host: parseSmtpHost(raw.host, deployment.allowance),
    port: parseSmtpPort(raw.port, deployment.allowance),
    security: parseSecurity(raw, deployment),
    login: parseChoice(raw.login, ['none', 'password'], 'choice.login'),
    username: hasLogin ? parseSmtpUsername(raw.username) : ok(null),
    allowIndividualSenders: parseChecked(raw.allowIndividualSenders),
    passwordChange: hasLogin ? parseSecretChoice(choice) : ok(choice),
    password: parseSecretChange(choice, raw.password, parseSmtpPassword),
  })
  if (!parsed.ok) return parsed
  const { login: _, passwordChange: __, password: secret, ...settings } = parsed.value
  return ok({ settings: { type: 'smtp', ...settings }, secret, secretExpiresAt: null })
}

/** A password is never sent without TLS, and a message only if the deployment allows it. */
function parseSecurity({ security, login }: RawFields, { plaintextAllowed }: Deployment) {
  if (security === 'none' && login === 'password') return invalid('choice.plaintextLogin')
  if (security === 'none' && !plaintextAllowed) return invalid('choice.plaintextRefused')
  return parseChoice(security, ['starttls', 'tls', 'none'], 'choice.security')
}

/** A settings file makes no choice. */
const parseSecretChoice = (choice: unknown): Parsed<unknown> =>
  choice === undefined ? ok(choice) : parseChoice(choice, ['keep', 'replace'], 'secret.choice')

/** Without a choice, as in a settings file, a secret that is present replaces the stored one, and an absent one keeps it. */
function parseSecretChange(
  choice: unknown,
  input: unknown,
  parseSecret: (input: unknown) => Parsed<Redacted>,
): Parsed<SecretChange> {
  if (choice === 'none') return ok({ kind: 'none' })
  if (choice !== 'replace' && (choice !== undefined || input === undefined)) return ok({ kind: 'keep' })
  const secret = parseSecret(input)
  return secret.ok ? ok({ kind: 'replace', value: secret.value }) : secret
}

/** A checkbox sends `on` or nothing; a settings file has true or false. */
function parseChecked(input: unknown): Parsed<boolean> {
  if (input === undefined || input === false) return ok(false)
  return input === 'on' || input === true ? ok(true) : invalid('choice.boolean')
}
