import { fail, isObject, type MailServerSettings, ok, parseJson, pick, type Redacted, type Result } from '../kernel'
import type { ValidationError } from '../validation/validation-error'
import type { FieldErrors, FieldName, MailServerChange, RawFields } from './fields'
import { dayOf, FIELDS_OF } from './form-fields'
import type { MailServerView } from './view'

/** Validation errors by the names of the file, e.g. `credential.value`. */
export type FileErrors = Record<string, ValidationError>

/** Names of the file that differ from those of the form. */
const FILE_NAMES: Partial<Record<FieldName, string>> = {
  clientSecret: 'credential.value',
  clientSecretChange: 'credential.value',
  secretExpiresAt: 'credential.expiresAt',
  username: 'login.username',
  password: 'login.password',
  passwordChange: 'login.password',
}

/** Longest name, path or reason that an error quotes. */
const QUOTED_CHARS_MAX = 200

/** Reads a secret from a place that a settings file names; null if nothing is there. */
export interface SecretPlaces {
  env(name: string): Redacted | null
  file(path: string): Redacted | null
}

export interface SettingsFile {
  parse(raw: RawFields): Result<MailServerChange, FieldErrors>
  places: SecretPlaces
  /** Expiry date of the stored credential, which stays if the file names none. */
  storedExpiry: Date | null
}

/**
 * Parses a settings file by the rules of the form. The file contains no secret but says where it is: `{ "env": NAME }` or
 * `{ "file": PATH }`. If it is absent, the stored secret is kept.
 */
export function readSettingsFile(text: string, options: SettingsFile): Result<MailServerChange, FileErrors> {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (thrown) {
    return fail({
      file: { key: 'file.notJson', params: { reason: (thrown as SyntaxError).message.slice(0, QUOTED_CHARS_MAX) } },
    })
  }
  if (!isObject(file)) return fail({ file: { key: 'choice.object' } })

  // Without a prototype, so that a member called `__proto__` is an ordinary error.
  const validationErrors: FileErrors = Object.create(null)
  const known = file.type === 'smtp' ? FIELDS_OF.smtp : [...FIELDS_OF['exchange-online-oauth2'], 'credential']
  refuseUnknown(file, known, '', validationErrors)
  const { credential, login, ...raw } = file
  const secretFields =
    file.type === 'smtp'
      ? loginFields(login, options, validationErrors)
      : credentialFields(credential, options, validationErrors)

  const parsed = options.parse({ ...(raw as RawFields), ...secretFields })
  if (!parsed.ok)
    for (const [name, validationError] of Object.entries(parsed.error) as [FieldName, ValidationError][])
      validationErrors[FILE_NAMES[name] ?? name] ??= validationError
  return parsed.ok && Object.keys(validationErrors).length === 0 ? ok(parsed.value) : fail(validationErrors)
}

/** The server type that a settings file names, whether or not the rest of it parses. */
export function typeNamedIn(text: string): string | null {
  const file = parseJson(text)
  return isObject(file) && typeof file.type === 'string' ? file.type : null
}

function refuseUnknown(members: object, known: readonly string[], at: string, validationErrors: FileErrors): void {
  for (const name of Object.keys(members))
    if (!known.includes(name))
      validationErrors[`${at}${name}`.slice(0, QUOTED_CHARS_MAX)] = { key: 'choice.unknownField' }
}

function credentialFields(
  credential: unknown,
  { places, storedExpiry }: SettingsFile,
  validationErrors: FileErrors,
): RawFields {
  const members = credential === undefined ? {} : credential
  if (!isObject(members)) {
    validationErrors.credential = { key: 'choice.object' }
    return {}
  }
  refuseUnknown(members, ['kind', 'value', 'expiresAt'], 'credential.', validationErrors)
  if (credential !== undefined && members.kind !== 'secret') validationErrors['credential.kind'] = { key: 'file.kind' }
  const secret = secretAt(members.value, places, 'credential.value', validationErrors)
  const defaultDay = secret === undefined ? dayOf(storedExpiry) : ''
  return {
    secretExpiresAt: members.expiresAt === undefined ? defaultDay : (members.expiresAt ?? ''),
    clientSecretChange: secret === undefined ? 'keep' : 'replace',
    clientSecret: secret,
  }
}

function loginFields(login: unknown, { places }: SettingsFile, validationErrors: FileErrors): RawFields {
  if (login === undefined) return { login: 'none' }
  if (!isObject(login)) {
    validationErrors.login = { key: 'choice.object' }
    return { login: 'none' }
  }
  refuseUnknown(login, ['username', 'password'], 'login.', validationErrors)
  const secret = secretAt(login.password, places, 'login.password', validationErrors)
  const passwordChange = secret === undefined ? 'keep' : 'replace'
  return { login: 'password', username: login.username, passwordChange, password: secret }
}

/** The text at the named place. Undefined if the file names no place, so that the stored secret is kept. */
function secretAt(value: unknown, places: SecretPlaces, at: string, validationErrors: FileErrors): string | undefined {
  if (value === undefined) return undefined
  const refuse = (validationError: ValidationError): undefined => {
    validationErrors[at] = validationError
  }
  if (!isObject(value) || Object.keys(value).length !== 1) return refuse({ key: 'file.secretText' })
  const { env, file } = value
  const short = (name: string): string => name.slice(0, QUOTED_CHARS_MAX)
  if (typeof env === 'string')
    return places.env(env)?.reveal() ?? refuse({ key: 'file.secretEnv', params: { name: short(env) } })
  if (typeof file === 'string')
    return places.file(file)?.reveal() ?? refuse({ key: 'file.secretFile', params: { path: short(file) } })
  return refuse({ key: 'file.secretText' })
}

/** The saved settings in the form of the file. About a secret it says only since when it is stored, and by whom. */
export function settingsDocument(settings: MailServerSettings | null, view: MailServerView): Record<string, unknown> {
  const problem = view.unreadable ? { problem: 'settings-unreadable' } : {}
  const about = { revision: view.version, verifiedBy: view.verifiedBy?.testId ?? null, status: view.state, ...problem }
  if (!settings) return about
  const { secret } = view
  const secretFacts = secret.set ? pick(secret, 'set', 'at', 'by', 'expiresAt', 'kid') : secret
  const { type, senderAddress, senderName, allowIndividualSenders } = settings
  const sender = { senderAddress, senderName, allowIndividualSenders }
  if (settings.type === 'smtp') {
    const { host, port, security, username } = settings
    const login = username === null ? {} : { login: { username, password: secretFacts } }
    return { type, host, port, security, ...sender, ...login, ...about }
  }
  const { cloud, tenantId, clientId } = settings
  const expiresAt = secret.set ? dayOf(secret.expiresAt) || null : null
  // Only a secret can be set by a file; the other kinds are created on the Credentials page.
  const kind = secret.set && secret.kind !== 'client-secret' ? secret.kind : 'secret'
  return {
    type,
    cloud,
    ...sender,
    tenantId,
    clientId,
    credential: { kind, value: secretFacts, expiresAt },
    ...about,
  }
}
