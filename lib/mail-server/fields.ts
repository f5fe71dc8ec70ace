import type { MessageKey } from '../i18n/translations'
import type { Cloud } from '../kernel/clouds'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { parseSenderEmail } from '../validation/email-address'
import {
  expiryInstant,
  parseClientId,
  parseClientSecret,
  parseSecretExpiresAt,
  parseTenantId,
} from '../validation/entra-identity'
import { type HostAllowance, parseSmtpHost, parseSmtpPort } from '../validation/host-name'
import { parseSmtpPassword, parseSmtpUsername } from '../validation/smtp-login'
import { parseDisplayName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { MailServerChange, SecretChange } from './settings'

/** The fields of form and settings file, by the names that both use. */
export const FIELDS = [
  'type',
  'senderAddress',
  'senderName',
  'allowIndividualSenders',
  'cloud',
  'tenantId',
  'clientId',
  'clientSecretChange',
  'clientSecret',
  'secretExpiresAt',
  'host',
  'port',
  'security',
  'login',
  'username',
  'passwordChange',
  'password',
  'version',
  'testTo',
] as const
export type FieldName = (typeof FIELDS)[number]
export type FieldErrors = Partial<Record<FieldName, ValidationError>>

/** Unparsed values of any type. A field that was not sent is absent. */
export type RawFields = Partial<Record<FieldName, unknown>>

/** What the deployment allows. It is set in the environment, not in the console. */
export interface FieldRules {
  clouds: readonly Cloud[]
  allowance: HostAllowance
  plaintextAllowed: boolean
}

const SECURITIES = ['starttls', 'tls', 'none'] as const

/** Collects the validation errors of all fields, so that a person can fix all of them at once. */
class Reader {
  readonly validationErrors: FieldErrors = {}
  constructor(private readonly raw: RawFields) {}

  chosen(name: FieldName): unknown {
    return this.raw[name]
  }

  read<T>(name: FieldName, parse: (input: unknown) => Parsed<T>): T | null {
    const parsed = parse(this.raw[name])
    if (parsed.ok) return parsed.value
    this.validationErrors[name] = parsed.error
    return null
  }
}

/** The change that form, settings file or test describe, or what is wrong with each field. Fields of the other type are ignored. */
export function parse({ rules }: { rules: FieldRules }, raw: RawFields): Result<MailServerChange, FieldErrors> {
  const reader = new Reader(raw)
  const type = reader.read('type', oneOf(['exchange-online-oauth2', 'smtp'] as const, 'choice.type'))
  const senderAddress = reader.read('senderAddress', parseSenderEmail)
  const senderName = reader.read('senderName', (input) => parseDisplayName(input ?? ''))
  const sender = { senderAddress: senderAddress ?? '', senderName: senderName ?? '' }
  if (type === null) return fail(reader.validationErrors)
  const change = type === 'smtp' ? smtpChange(reader, sender, rules) : exchangeChange(reader, sender, rules)
  return Object.keys(reader.validationErrors).length > 0 ? fail(reader.validationErrors) : ok(change)
}

type Sender = Pick<MailServerSettings, 'senderAddress' | 'senderName'>

function exchangeChange(reader: Reader, sender: Sender, { clouds }: FieldRules): MailServerChange {
  const cloud = reader.read(
    'cloud',
    oneOf(
      clouds.map(({ id }) => id),
      'choice.cloud',
    ),
  )
  const tenantId = reader.read('tenantId', parseTenantId)
  const clientId = reader.read('clientId', parseClientId)
  const individual = reader.read('allowIndividualSenders', parseChecked)
  if (tenantId !== null && tenantId === clientId) reader.validationErrors.tenantId = { key: 'tenantId.isClientId' }
  const secret: SecretChange =
    reader.chosen('clientSecretChange') === 'none'
      ? { kind: 'none' }
      : readSecret(reader, 'clientSecretChange', 'clientSecret', parseClientSecret)
  const expires = reader.read<string | null>('secretExpiresAt', (input) =>
    input === undefined || input === '' ? ok(null) : parseSecretExpiresAt(input),
  )
  return {
    settings: {
      type: 'exchange-online-oauth2',
      ...sender,
      cloud: cloud ?? '',
      tenantId: tenantId ?? '',
      clientId: clientId ?? '',
      allowIndividualSenders: individual ?? false,
    },
    secret,
    secretExpiresAt: expires === null ? null : expiryInstant(expires),
  }
}

function smtpChange(reader: Reader, sender: Sender, rules: FieldRules): MailServerChange {
  const host = reader.read('host', (input) => parseSmtpHost(input, rules.allowance))
  const port = reader.read('port', (input) => parseSmtpPort(input, rules.allowance))
  const security = reader.read('security', oneOf(SECURITIES, 'choice.security'))
  const individual = reader.read('allowIndividualSenders', parseChecked)
  const login = reader.read('login', oneOf(['none', 'password'] as const, 'choice.login'))
  const username = login === 'password' ? reader.read('username', parseSmtpUsername) : null
  const secret: SecretChange =
    login === 'password' ? readSecret(reader, 'passwordChange', 'password', parseSmtpPassword) : { kind: 'none' }
  // A password is never sent without TLS, and a message only if the deployment allows it.
  if (security === 'none' && login === 'password') reader.validationErrors.security = { key: 'choice.plaintextLogin' }
  else if (security === 'none' && !rules.plaintextAllowed)
    reader.validationErrors.security = { key: 'choice.plaintextRefused' }
  return {
    settings: {
      type: 'smtp',
      ...sender,
      host: host ?? '',
      port: port ?? 0,
      security: security ?? 'starttls',
      username,
      allowIndividualSenders: individual ?? false,
    },
    secret,
    secretExpiresAt: null,
  }
}

/** Without a choice, as in a settings file, a secret that is present replaces the stored one, and an absent one keeps it. */
function readSecret(
  reader: Reader,
  choice: 'clientSecretChange' | 'passwordChange',
  field: 'clientSecret' | 'password',
  parse: (input: unknown) => Parsed<Redacted>,
): SecretChange {
  const chosen = reader.read<'absent' | 'keep' | 'replace'>(choice, (input) =>
    input === undefined ? ok('absent' as const) : oneOf(['keep', 'replace'] as const, 'secret.choice')(input),
  )
  if (chosen === 'keep' || chosen === null) return { kind: 'keep' }
  const sent = reader.read<Redacted | null>(field, (input) =>
    chosen === 'absent' && input === undefined ? ok(null) : parse(input),
  )
  return sent ? { kind: 'replace', value: sent } : { kind: 'keep' }
}

function oneOf<T extends string>(values: readonly T[], key: MessageKey<'validation'>): (input: unknown) => Parsed<T> {
  return (input) => {
    const match = values.find((value) => value === input)
    return match === undefined ? invalid(key) : ok(match)
  }
}

/** A checkbox sends `on` or nothing; a settings file has true or false. */
function parseChecked(input: unknown): Parsed<boolean> {
  if (input === undefined || input === false) return ok(false)
  return input === 'on' || input === true ? ok(true) : invalid('choice.boolean')
}
