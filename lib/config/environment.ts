import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import ipaddr from 'ipaddr.js'
import { baseUrlProblem, SESSION_HOURS_MAX, SESSION_IDLE_MINUTES_MAX } from '../accounts/settings'
import type { SealingKey } from '../crypto/vault'
import { fail, messageOf, ok, type Result } from '../kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import { isAllowEntry } from '../net/addresses'
import { ENTRANCES, type Ports } from '../submission/entrance'
import { bytesOfFile } from './bytes-of-file'
import { readCloudsFile } from './clouds-file'
import { type EnvironmentFault, readVariable, refuse, Unreadable, type Variables } from './environment-fault'
import { readKeyFile } from './key-file'
import { LOG_LEVELS } from './logger'
import { federatedTokenFileOf, managedIdentityOf } from './managed-identity'

/** What the deployment decides, and a browser user may never set. Read once, at start. */
export type Environment = ReturnType<typeof read>

/** What the listener reads of it. Clients connect to it from anywhere, so it knows no secret but the address of the database. */
export type ListenerEnvironment = ReturnType<typeof readForListener>

export type SubmissionPlace = NonNullable<Environment['submission']>

const SECRETS = [
  'DATABASE_URL',
  'POSTROOM_OWNER_DATABASE_URL',
  'POSTROOM_AUTH_SECRET',
  'POSTROOM_METRICS_TOKEN',
] as const
type SecretName = (typeof SECRETS)[number]
const PLAIN = [
  'POSTROOM_DATA_DIR',
  'POSTROOM_BASE_URL',
  'POSTROOM_LISTEN',
  'POSTROOM_SECOND_FACTOR',
  'POSTROOM_SESSION_IDLE_MINUTES',
  'POSTROOM_SESSION_HOURS',
  'POSTROOM_KEYS_FILE',
  'POSTROOM_CLOUDS_FILE',
  'POSTROOM_ALLOW_NETWORKS',
  'POSTROOM_ALLOW_PORTS',
  'POSTROOM_ALLOW_PLAINTEXT_SMTP',
  'POSTROOM_TRUSTED_PROXIES',
  // The host sets it for its child processes, together with DATABASE_URL.
  'POSTROOM_EMBEDDED_DATABASE',
  'POSTROOM_FEDERATED_TOKEN_FILE',
  'POSTROOM_MANAGED_IDENTITY',
  'POSTROOM_SUBMISSION_LISTEN',
  'POSTROOM_SUBMISSION_PORTS',
  'POSTROOM_SUBMISSION_CERT_FILE',
  'POSTROOM_SUBMISSION_KEY_FILE',
] as const
const KNOWN: ReadonlySet<string> = new Set([...PLAIN, ...SECRETS, ...SECRETS.map((name) => `${name}_FILE`)])

const DEFAULT_PORT = 3000
/** 32 characters of base64 are 192 bits; the one we make has 43. */
const AUTH_SECRET_CHARACTERS_MIN = 32
const METRICS_TOKEN_CHARACTERS_MIN = 16
const DIFFERENT_CHARACTERS_MIN = 10
const SECRET_FILE_BYTES_MAX = 65_536
const CLOUDS_FILE_BYTES_MAX = 1024 ** 2

/** Whole and checked, or the first thing that is wrong with it. */
export const readEnvironment = (variables: Variables): Result<Environment, EnvironmentFault> =>
  catching(() => read(variables))

export const readListenerEnvironment = (variables: Variables): Result<ListenerEnvironment, EnvironmentFault> =>
  catching(() => readForListener(variables, []))

export type SecretPlaces = ReturnType<typeof secretPlacesOf>

/** Where secrets lie, for the start that has yet to make them. */
export const readSecretPlaces = (variables: Variables): Result<SecretPlaces, EnvironmentFault> =>
  catching(() => secretPlacesOf(variables))

function secretPlacesOf(variables: Variables) {
  refuseUnknownNames(variables)
  const dataDir = dataDirOf(variables)
  const isSet = (name: string): boolean => variables[name] !== undefined
  const isSecretSet = isSet('POSTROOM_AUTH_SECRET') || isSet('POSTROOM_AUTH_SECRET_FILE')
  return {
    dataDir,
    /** Null if the deployment sets the secret. */
    authSecretFile: isSecretSet ? null : authSecretFile(dataDir),
    keysFile: keysFileOf(variables, dataDir),
    /** The deployment named the key file, so it is the deployment's to make. */
    keysFileGiven: isSet('POSTROOM_KEYS_FILE'),
  }
}

function catching<T>(reading: () => T): Result<T, EnvironmentFault> {
  try {
    return ok(reading())
  } catch (thrown) {
    if (thrown instanceof Unreadable) return fail(thrown.fault)
    throw thrown
  }
}

function readForListener(variables: Variables, reports: EnvironmentFault[]) {
  refuseUnknownNames(variables)
  const port = portOf(variables)
  return {
    /** Null for the embedded PostgreSQL in `dataDir`. */
    databaseUrl: databaseUrlOf(variables, 'DATABASE_URL', reports),
    /** `databaseUrl` is the embedded one's: the host says so to the processes it starts. */
    embeddedDatabase: oneOf(variables, 'POSTROOM_EMBEDDED_DATABASE', ['true', 'false'], 'false') === 'true',
    dataDir: dataDirOf(variables),
    baseUrl: baseUrlOf(variables, port),
    port,
    /** Where clients submit mail by SMTP; null if they do not. */
    submission: submissionOf(variables, port),
    clouds: cloudsOf(variables),
    logLevel: oneOf(variables, 'LOG_LEVEL', LOG_LEVELS, 'info'),
  }
}

function read(variables: Variables) {
  const reports: EnvironmentFault[] = []
  const forListener = readForListener(variables, reports)
  const { dataDir } = forListener
  const keysFile = keysFileOf(variables, dataDir)
  const environment = {
    ...forListener,
    /**
     * The same database by the role that owns the tables, for migrations and restores. Null if that is the role of `databaseUrl`.
     * Console and worker never get it.
     */
    ownerDatabaseUrl: databaseUrlOf(variables, 'POSTROOM_OWNER_DATABASE_URL', reports),
    listen: addressOf(variables, 'POSTROOM_LISTEN'),
    authSecret: authSecretOf(variables, dataDir, reports),
    secondFactor: oneOf(variables, 'POSTROOM_SECOND_FACTOR', ['admins', 'all', 'none'], 'admins'),
    /** A session ends after this many minutes without a request. 60 at most. */
    sessionIdleMinutes: upTo(variables, 'POSTROOM_SESSION_IDLE_MINUTES', SESSION_IDLE_MINUTES_MAX),
    /** Any session ends after as many hours; 12 at most. */
    sessionHours: upTo(variables, 'POSTROOM_SESSION_HOURS', SESSION_HOURS_MAX),
    /** Null if there is no metrics page. */
    metricsToken: metricsTokenOf(variables, reports),
    keysFile,
    /** The first seals, all open. Empty: the file is not there, so no secret can be opened. */
    keys: keysOf(variables, keysFile, reports),
    allowNetworks: listOf(variables, 'POSTROOM_ALLOW_NETWORKS', isAllowEntry, ALLOW_ENTRY),
    allowPorts: listOf(variables, 'POSTROOM_ALLOW_PORTS', isPort, 'a port from 1 to 65535').map(Number),
    allowPlaintextSmtp: oneOf(variables, 'POSTROOM_ALLOW_PLAINTEXT_SMTP', ['true', 'false'], 'false') === 'true',
    trustedProxies: listOf(variables, 'POSTROOM_TRUSTED_PROXIES', isNetwork, 'a network or an address'),
    /** Where the platform writes a token that identifies this program, or null. The file may appear after the start. */
    federatedTokenFile: federatedTokenFileOf(variables),
    /** Null if the managed identity of the machine is not used. */
    managedIdentity: managedIdentityOf(variables),
  }
  if (environment.ownerDatabaseUrl !== null && environment.databaseUrl === null)
    refuse('POSTROOM_OWNER_DATABASE_URL', 'needs DATABASE_URL: the embedded database has its own owner')
  const extraCa = readVariable(variables, 'NODE_EXTRA_CA_CERTS')
  if (extraCa !== null) refuseUnreadable('NODE_EXTRA_CA_CERTS', extraCa)
  return {
    ...environment,
    /** Weaknesses that do not stop the start, e.g. a key file that others may read. */
    reports,
  }
}

function refuseUnknownNames(variables: Variables): void {
  const unknown = Object.keys(variables).find((name) => name.startsWith('POSTROOM_') && !KNOWN.has(name))
  if (unknown === undefined) return
  const near = [...KNOWN].find((name) => name.replaceAll('_', '') === unknown.replaceAll('_', '').toUpperCase())
  refuse(unknown, near ? `is not a known variable; did you mean ${near}?` : 'is not a known variable')
}

/** A whole number from 1 to the most there may be, which is also the default: the deployment only ever asks for less. */
function upTo(variables: Variables, name: string, most: number): number {
  const text = readVariable(variables, name)
  if (text === null) return most
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > most) refuse(name, `must be a whole number from 1 to ${most}`)
  return Number(text)
}

function dataDirOf(variables: Variables): string {
  const folder = path.resolve(/* turbopackIgnore: true */ readVariable(variables, 'POSTROOM_DATA_DIR') ?? 'data')
  // PostgreSQL writes it as one line of a file by which the running database is found.
  return /[\r\n]/.test(folder) ? refuse('POSTROOM_DATA_DIR', 'contains a line break') : folder
}

const authSecretFile = (dataDir: string): string => path.join(/* turbopackIgnore: true */ dataDir, 'auth-secret')

const keysFileOf = (variables: Variables, dataDir: string): string =>
  path.resolve(
    /* turbopackIgnore: true */ readVariable(variables, 'POSTROOM_KEYS_FILE') ??
      path.join(/* turbopackIgnore: true */ dataDir, 'keys'),
  )

/** The form of a secret that the deployment uses. */
const formOf = (variables: Variables, name: SecretName): string =>
  variables[`${name}_FILE`] === undefined ? name : `${name}_FILE`

/** A secret by value or by file, never by both. */
function secretOf(variables: Variables, name: SecretName, reports: EnvironmentFault[]): Redacted | null {
  const fileName = `${name}_FILE`
  const value = readVariable(variables, name)
  const file = readVariable(variables, fileName)
  if (value !== null && file !== null) refuse(name, `is given twice, also as ${fileName}`)
  if (file === null) return value === null ? null : new Redacted(value)
  return new Redacted(readSecretFile(variables, fileName, file, reports))
}

function readSecretFile(
  { CREDENTIALS_DIRECTORY: handedOver }: Variables,
  variable: string,
  file: string,
  reports: EnvironmentFault[],
): string {
  let text: string
  try {
    const { mode } = statSync(/* turbopackIgnore: true */ file)
    // In a file that systemd hands over, the bits of the group show that its access list names this user, and cannot be changed.
    const isHandedOver = handedOver !== undefined && path.dirname(file) === handedOver
    const bits = isHandedOver ? 0o007 : 0o077
    if (process.platform !== 'win32' && (mode & bits) !== 0)
      reports.push({ variable, problem: `others may read ${file} (mode ${(mode & 0o777).toString(8)}); chmod 600 it` })
    text = bytesOfFile(file, SECRET_FILE_BYTES_MAX, linksOf(file)).toString('utf8')
  } catch (thrown) {
    return refuse(variable, unreadable(file, thrown))
  }
  const secret = text.replace(/\r?\n$/, '')
  return secret.trim() === '' ? refuse(variable, `is an empty file: ${file}`) : secret
}

/** Root runs commands for the user who owns the data directory, and follows no link there: that user may have made it. */
const linksOf = (file: string): number =>
  process.getuid?.() === 0 && statSync(/* turbopackIgnore: true */ path.dirname(file)).uid !== 0
    ? constants.O_NOFOLLOW
    : 0

const HOST = String.raw`(?:\[[^\]]*\]|[^/@:,?[]*)(?::\d+)?`
/** Does not match a password with a comma and an unescaped slash, which is another fault. */
const SEVERAL_HOSTS = new RegExp(String.raw`^\w+://(?:[^/]*@)?${HOST}(?:,${HOST})+(?:[/?][^@]*)?$`)

function databaseUrlOf(
  variables: Variables,
  name: 'DATABASE_URL' | 'POSTROOM_OWNER_DATABASE_URL',
  reports: EnvironmentFault[],
): Redacted | null {
  const url = secretOf(variables, name, reports)
  if (url === null) return null
  const parsed = URL.canParse(url.reveal()) ? new URL(url.reveal()) : null
  // The driver would look up all of them as one name.
  if (SEVERAL_HOSTS.test(url.reveal()) || ['host', 'port'].some((key) => parsed?.searchParams.get(key)?.includes(',')))
    return refuse(formOf(variables, name), 'must name one host, under which the primary server is always reached')
  // PostgreSQL reads a text as far as its first NUL, and would then reject the password.
  const isCut = url.reveal().includes('\0')
  if (!parsed || isCut || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2)
    return refuse(formOf(variables, name), 'must look like postgresql://user:password@host:5432/database')
  try {
    decodeURIComponent(`${parsed.username}:${parsed.password}${parsed.pathname}`)
  } catch {
    refuse(formOf(variables, name), 'has a % that begins no code of a character. Write it as %25')
  }
  return url
}

function authSecretOf(variables: Variables, dataDir: string, reports: EnvironmentFault[]): Redacted {
  const name = 'POSTROOM_AUTH_SECRET'
  const file = authSecretFile(dataDir)
  const secret =
    secretOf(variables, name, reports) ??
    (existsSync(/* turbopackIgnore: true */ file)
      ? new Redacted(readSecretFile(variables, name, file, reports))
      : refuse(name, `is not set, and ${file} does not exist yet; \`postroom start\` creates it`))
  const text = secret.reveal()
  const form = formOf(variables, name)
  if (text.length < AUTH_SECRET_CHARACTERS_MIN) refuse(form, `is shorter than ${AUTH_SECRET_CHARACTERS_MIN} characters`)
  if (new Set(text).size < DIFFERENT_CHARACTERS_MIN) refuse(form, 'is not random')
  return secret
}

function metricsTokenOf(variables: Variables, reports: EnvironmentFault[]): Redacted | null {
  const token = secretOf(variables, 'POSTROOM_METRICS_TOKEN', reports)
  if (token === null) return null
  const form = formOf(variables, 'POSTROOM_METRICS_TOKEN')
  if (!/^[\x21-\x7e]+$/.test(token.reveal())) refuse(form, 'must be printable ASCII without spaces')
  if (token.reveal().length < METRICS_TOKEN_CHARACTERS_MIN)
    refuse(form, `is shorter than ${METRICS_TOKEN_CHARACTERS_MIN} characters`)
  return token
}

function keysOf(variables: Variables, file: string, reports: EnvironmentFault[]): readonly SealingKey[] {
  const name = 'POSTROOM_KEYS_FILE'
  if (isMissing(file)) {
    const effect = 'without it stored secrets cannot be opened and no secret can be saved'
    // The command may be run as root, while Postroom runs as another user.
    const owner = `chown --reference="${path.dirname(file)}" "${file}"`
    const command = `(umask 077; echo "k-$(date +%F) $(openssl rand -base64 32)" >> "${file}") && ${owner}`
    const remedy = `Put it back and restart. If it is lost for good, run ${command}, restart and enter every secret again`
    reports.push({ variable: name, problem: `does not exist: ${file}; ${effect}. ${remedy}` })
    return []
  }
  const keys = readKeyFile(readSecretFile(variables, name, file, reports))
  return keys.ok ? keys.value : refuse(name, `${keys.error} (${file})`)
}

/** Not what only cannot be reached. */
function isMissing(file: string): boolean {
  try {
    statSync(/* turbopackIgnore: true */ file)
    return false
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function cloudsOf(variables: Variables): readonly Cloud[] {
  const name = 'POSTROOM_CLOUDS_FILE'
  const file = readVariable(variables, name)
  if (file === null) return BUILT_IN_CLOUDS
  const clouds = readCloudsFile(textOf(name, file, CLOUDS_FILE_BYTES_MAX))
  return clouds.ok ? clouds.value : refuse(name, `${clouds.error} (${file})`)
}

function baseUrlOf(variables: Variables, port: number): URL {
  const name = 'POSTROOM_BASE_URL'
  const text = readVariable(variables, name) ?? `http://localhost:${port}`
  const url = URL.canParse(text) ? new URL(text) : refuse(name, 'is not a URL')
  const problem = baseUrlProblem(url)
  if (problem !== null) refuse(name, problem)
  if (url.username !== '' || url.password !== '') refuse(name, 'must not contain a user name or password')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') refuse(name, 'must be an origin, without a path')
  return url
}

function portOf(variables: Variables): number {
  const text = readVariable(variables, 'PORT')
  if (text === null) return DEFAULT_PORT
  return isPort(text) ? Number(text) : refuse('PORT', 'must be a number from 1 to 65535')
}

function submissionOf(variables: Variables, consolePort: number) {
  const [certName, keyName] = ['POSTROOM_SUBMISSION_CERT_FILE', 'POSTROOM_SUBMISSION_KEY_FILE'] as const
  const listen = addressOf(variables, 'POSTROOM_SUBMISSION_LISTEN')
  const ports = submissionPorts(variables)
  if (Object.values(ports).includes(consolePort))
    refuse('POSTROOM_SUBMISSION_PORTS', `names ${consolePort}, which is the port of the console (PORT)`)
  const [certFile, keyFile] = [readVariable(variables, certName), readVariable(variables, keyName)]
  if ((certFile === null) !== (keyFile === null))
    refuse(certFile === null ? certName : keyName, 'is missing: certificate and key belong together')
  for (const [name, file] of [[certName, certFile] as const, [keyName, keyFile] as const])
    if (file !== null) refuseUnreadable(name, file)
  if (Object.keys(ports).length === 0) return null
  return {
    listen,
    ports,
    /** PEM files of the listener's certificate and key; null for a self-signed one. */
    certificate: certFile !== null && keyFile !== null ? { certFile, keyFile } : null,
  }
}

function submissionPorts(variables: Variables): Ports {
  const name = 'POSTROOM_SUBMISSION_PORTS'
  const isEntry = (entry: string) =>
    ENTRANCES.some((entrance) => entry.startsWith(`${entrance}=`) && isPort(entry.slice(entrance.length + 1)))
  const entries = listOf(variables, name, isEntry, 'starttls, tls or plain with a port, such as starttls=587')
  const ports = entries.map((entry) => entry.split('=')).map(([entrance, port]) => [entrance, Number(port)])
  if (new Set(ports.map(([entrance]) => entrance)).size < ports.length) refuse(name, 'names an entrance twice')
  if (new Set(ports.map(([, port]) => port)).size < ports.length) refuse(name, 'names a port twice')
  return Object.fromEntries(ports)
}

function addressOf(variables: Variables, name: 'POSTROOM_LISTEN' | 'POSTROOM_SUBMISSION_LISTEN'): string {
  const text = readVariable(variables, name) ?? '127.0.0.1'
  const address = text.replace(/^\[(.*)\]$/, '$1')
  if (address === 'localhost') return address
  return ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
    ? address
    : refuse(name, 'must be an address, such as 127.0.0.1 or 0.0.0.0')
}

function oneOf<const T extends string>(variables: Variables, name: string, values: readonly T[], unset: T): T {
  const text = readVariable(variables, name) ?? unset
  return values.find((value) => value === text) ?? refuse(name, `must be one of ${values.join(', ')}`)
}

/** Comma-separated; an empty list may be said with an empty value. */
function listOf(variables: Variables, name: string, fits: (entry: string) => boolean, what: string): string[] {
  const entries = (variables[name] ?? '').split(',').map((entry) => entry.trim())
  if (entries.length === 1 && entries[0] === '') return []
  const wrong = entries.find((entry) => !fits(entry))
  return wrong === undefined ? entries : refuse(name, `${JSON.stringify(wrong.slice(0, 80))} is not ${what}`)
}

const ALLOW_ENTRY = 'a network, an address or a host name, each with a port or without'
const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
const isNetwork = (text: string): boolean =>
  ipaddr.isValidCIDR(text) || ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)

function textOf(variable: string, file: string, bytesMax: number): string {
  try {
    return bytesOfFile(file, bytesMax).toString('utf8')
  } catch (thrown) {
    return refuse(variable, unreadable(file, thrown))
  }
}

function refuseUnreadable(variable: string, file: string): void {
  try {
    accessSync(/* turbopackIgnore: true */ file, constants.R_OK)
    if (!statSync(/* turbopackIgnore: true */ file).isFile()) throw new Error('it is not a file')
  } catch (thrown) {
    refuse(variable, unreadable(file, thrown))
  }
}

/** With the system's reason, without the call and the path that it ends with. */
export const unreadable = (file: string, thrown: unknown): string =>
  `cannot be read: ${file} (${messageOf(thrown).replace(/, \w+(?: '.*')?$/, '')})`
