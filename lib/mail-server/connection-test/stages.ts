import { type OpenedCredential, secretIn, unopened } from '../../credentials/open-credential'
import { isCredentialRefusal } from '../../credentials/rejection'
import { diagnose, judgeClaims } from '../../diagnosis'
import type { AccessToken, ClientCredential } from '../../entra/contracts'
import type { LocalisedCaller } from '../../i18n/locale'
import { translatorFor } from '../../i18n/translations'
import type { Cloud } from '../../kernel/clouds'
import type { Fault, NetFault, TokenClaims } from '../../kernel/faults'
import type { ExchangeOnlineSettings, MailServerSettings } from '../../kernel/mail-server-settings'
import { fail, type Result } from '../../kernel/result'
import type { SmtpServer } from '../../smtp/contracts'
import { validationErrorText } from '../../validation/validation-error'
import { credentialDigest } from '../digest'
import type { FieldErrors } from '../fields'
import type { StoredServer } from '../ports'
import { opened, secretOf } from '../secret-reuse'
import type { MailServerChange } from '../settings'
import { GRACE_MS, TEST_DEADLINE_MS, type TestDeps, type TestInput } from './input'
import { testMessage } from './message'
import type { TestCourse } from './recorder'
import { factsOfSettings } from './remedy-facts'

/** One after the other; the first that fails ends the test. */
export async function runStages(
  deps: TestDeps,
  caller: LocalisedCaller,
  input: TestInput,
  server: StoredServer | null,
  course: TestCourse,
): Promise<void> {
  const deadlineMs = deps.deadlineMs ?? TEST_DEADLINE_MS
  const signal = AbortSignal.timeout(deadlineMs)
  if (!input.change.ok) return failByFields(course, deps, caller, input.change.error)
  const { settings } = input.change.value
  const sender = input.as && { sender: input.as.address, mailbox: input.as.mailbox }
  course.know({ ...factsOfSettings(settings, deps.rules.clouds), ...sender, recipient: input.to })

  const ready = await settingsStage(deps, input.change.value, server, course)
  if (!ready.ok) return
  course.pass('settings')

  const login = await loginOf(deps, settings, ready.value, course, signal, input.as?.mailbox)
  if (!login) return
  const smtp = serverOf(settings, login.login, deps.rules.clouds)
  const own = { name: settings.senderName, address: settings.senderAddress }
  const from = input.as ? { name: '', address: input.as.address } : own
  const mail = testMessage({ deps, caller, from, to: input.to, server: smtp })
  const attempt = await inTime(
    deps.transport.attempt(smtp, mail, {
      signal,
      dryRun: input.dryRun,
      onStep: ({ stage, ms, facts }) => course.pass(stage, { ms, facts }),
      onLine: (line) => course.line(line),
    }),
    signal,
  )
  if (attempt === 'late') return course.fail(lateAt(course, deps, smtp))
  if (!attempt.ok) {
    const { stage, fault } = attempt.error
    return course.fail(diagnose(fault, { stage, claims: login.claims, now: deps.clock.now(), login: smtp.login.kind }))
  }
  const { reply, serverMessageId, refused } = attempt.value
  const [refusal] = refused
  if (refusal)
    return course.fail(diagnose(refusal.fault, { stage: 'recipient', claims: login.claims, now: deps.clock.now() }))
  if (input.dryRun) return course.skip('data')
  course.pass('data')
  course.accept({ reply: reply ?? '', serverMessageId, messageId: mail.messageId })
}

/** Whatever an adapter does, the test goes on a moment after its deadline. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    const after = () => {
      timer = setTimeout(() => resolve('late'), GRACE_MS)
    }
    if (signal.aborted) after()
    else signal.addEventListener('abort', after, { once: true })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => {}) // It was left behind; its own end interests nobody.
  }
}

function lateAt(course: TestCourse, { clock }: TestDeps, { host, port }: { host: string; port: number }) {
  const fault: NetFault = { kind: 'net', code: 'deadline-passed', host, port, evidence: '' }
  return diagnose(fault, { stage: course.stage, claims: null, now: clock.now() })
}

async function settingsStage(
  deps: TestDeps,
  change: MailServerChange,
  server: StoredServer | null,
  course: TestCourse,
): Promise<Result<OpenedCredential | null, 'failed'>> {
  const secret = secretOf(change, server, deps.rules.clouds)
  const isMissing = secret.ok && secret.value.kind === 'none' && change.settings.type !== 'smtp'
  if (!secret.ok || isMissing) {
    const why =
      secret.ok || secret.error === 'none' ? 'no secret is stored' : 'the secret is stored for another destination'
    failBySettings(course, deps, 'secret-missing', [], why)
    return fail('failed')
  }
  const open = await opened(secret.value, deps.vault)
  if (!open.ok) {
    const { code, evidence } = unopened(open.error)
    failBySettings(course, deps, code, [], evidence)
    return fail('failed')
  }
  if (open.value) course.know({ credential: open.value.kind })
  const text = open.value && secretIn(open.value)
  if (text) course.hide(text)
  course.secretDigest = credentialDigest(secret.value, deps.vault)
  const storedUntil = secret.value.kind === 'kept' ? secret.value.credential.expiresAt : null
  course.know({ secretExpiresAt: change.secretExpiresAt ?? storedUntil })
  course.storedCredential = secret.value.kind === 'kept' ? secret.value.credential.id : null
  return open
}

/** Each field with its sentence: on the command line nothing is marked, and a report is read without the form. */
function failByFields(
  course: TestCourse,
  deps: TestDeps,
  { locale }: LocalisedCaller,
  validationErrors: FieldErrors,
): void {
  const t = translatorFor(locale, 'validation')
  const told = Object.entries(validationErrors).map(
    ([field, validationError]) => `${field}: ${validationErrorText(t, validationError)}`,
  )
  course.know({ problems: told })
  failBySettings(course, deps, 'settings-incomplete', Object.keys(validationErrors))
}

function failBySettings(
  course: TestCourse,
  { clock }: TestDeps,
  code: 'settings-incomplete' | 'secret-missing' | 'secret-unreadable',
  fields: string[],
  evidence = fields.join(', '),
): void {
  course.know({ fields })
  const fault: Fault = { kind: 'settings', code, evidence }
  course.fail(diagnose(fault, { stage: 'settings', claims: null, now: clock.now() }))
}

interface Login {
  login: SmtpServer['login']
  claims: TokenClaims | null
}

/** How to log in; null when the test has already failed on the way there. */
async function loginOf(
  deps: TestDeps,
  settings: MailServerSettings,
  credential: OpenedCredential | null,
  course: TestCourse,
  signal: AbortSignal,
  mailbox = settings.senderAddress,
): Promise<Login | null> {
  if (settings.type === 'smtp') {
    if (settings.username === null || credential?.kind !== 'smtp-password')
      return { login: { kind: 'none' }, claims: null }
    return { login: { kind: 'password', username: settings.username, password: credential.secret }, claims: null }
  }
  if (credential === null || credential.kind === 'smtp-password')
    throw new Error('Exchange Online settings always have a credential of theirs here')
  const token = await tokenStage(deps, settings, credential, course, signal)
  if (!token) return null
  course.hide(token.bearer)
  const claims = claimsStage(deps, settings, token, course)
  if (claims === 'failed') return null
  return { login: { kind: 'xoauth2', mailbox, token: token.bearer }, claims }
}

async function tokenStage(
  deps: TestDeps,
  settings: ExchangeOnlineSettings,
  credential: ClientCredential,
  course: TestCourse,
  signal: AbortSignal,
): Promise<AccessToken | null> {
  const cloud = cloudOf(settings, deps.rules.clouds)
  const { tenantId, clientId } = settings
  const { hostname, port } = new URL(cloud.loginOrigin)
  const place = { host: hostname, port: Number(port || 443) }
  const request = { cloud, tenantId, clientId, resource: 'exchange', credential } as const
  const token = await inTime(deps.tokens.fresh(request, signal), signal)
  if (token !== 'late' && token.ok) {
    course.credentialResult = { refusedCode: null }
    course.pass('token')
    return token.value
  }
  course.know(place)
  const diagnosis =
    token === 'late'
      ? lateAt(course, deps, place)
      : diagnose(token.error, { stage: 'token', claims: null, now: deps.clock.now() })
  if (isCredentialRefusal(diagnosis.code)) {
    course.credentialResult = { refusedCode: diagnosis.code }
    if (course.storedCredential !== null)
      course.fallbackUntil = (await deps.store.credentialHealth(deps.clock.now())).fallbackUntil
  }
  course.fail(diagnosis)
  return null
}

function claimsStage(
  { readClaims, rules, clock }: TestDeps,
  settings: ExchangeOnlineSettings,
  token: AccessToken,
  course: TestCourse,
): TokenClaims | null | 'failed' {
  const claims = readClaims(token)
  const cloud = cloudOf(settings, rules.clouds)
  if (claims) course.know({ objectId: claims.oid, roles: claims.roles, audience: claims.aud })
  const verdict = judgeClaims(claims, {
    cloud,
    tenantId: settings.tenantId,
    now: clock.now(),
    peerDate: token.peerDate,
  })
  if (verdict.state === 'failed') {
    course.fail(verdict.diagnosis)
    return 'failed'
  }
  course.pass('claims', {
    warned: verdict.state === 'warned',
    facts: {
      ...(claims?.oid && { oid: claims.oid }),
      ...(claims && { roles: claims.roles }),
      ...(claims?.expiresAt && { expiresAt: claims.expiresAt.toISOString() }),
      ...(verdict.state === 'warned' && { warning: verdict.reason }),
    },
  })
  return claims
}

function cloudOf(settings: ExchangeOnlineSettings, clouds: readonly Cloud[]): Cloud {
  const cloud = clouds.find(({ id }) => id === settings.cloud)
  if (!cloud) throw new Error(`No cloud ${settings.cloud}, although these settings had a destination`)
  return cloud
}

/** Exchange Online's server follows from the cloud alone; nobody types it. */
function serverOf(settings: MailServerSettings, login: SmtpServer['login'], clouds: readonly Cloud[]): SmtpServer {
  if (settings.type === 'smtp') return { host: settings.host, port: settings.port, security: settings.security, login }
  const { smtpHost: host, smtpPort: port } = cloudOf(settings, clouds)
  return { host, port, security: 'starttls', login }
}
