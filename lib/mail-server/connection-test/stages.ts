import { setTimeout as wait } from 'node:timers/promises'
import { type OpenedCredential, secretIn, unopened } from '../../credentials/open-credential'
import { isCredentialRefusal } from '../../credentials/propagation'
import { diagnose, judgeClaims } from '../../diagnosis'
import { readClaims } from '../../entra/claims'
import type { AccessToken, ClientCredential } from '../../entra/contracts'
import { type LocalisedCaller, translatorFor } from '../../i18n/translations'
import {
  type Cloud,
  type ExchangeOnlineSettings,
  type Fault,
  fail,
  type MailServerSettings,
  type NetFault,
  type Result,
  systemClock,
  type TokenClaims,
} from '../../kernel'
import { submissionOf } from '../../kernel/mail-server-settings'
import { placeOf } from '../../net/exchange'
import { untilAborted } from '../../net/limit'
import type { SmtpServer } from '../../smtp/contracts'
import { validationErrorText } from '../../validation/validation-error'
import type { MailServerDeps } from '../deps'
import type { FieldErrors, MailServerChange } from '../fields'
import { openSecret } from '../read-status'
import { factsOfSettings } from '../remedies'
import { credentialDigest, secretOf } from '../secret-reuse'
import { readCredentialHealth } from '../store/credential-health'
import type { StoredServer } from '../store/settings'
import { GRACE_MS, TEST_DEADLINE_MS, type TestInput } from './input'
import { testMessage } from './message'
import type { TestRecorder } from './recorder'

interface Run {
  deps: MailServerDeps
  recorder: TestRecorder
  signal: AbortSignal
}

/** Runs one stage after the other. The first that fails ends the test. */
export async function runStages(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  input: TestInput,
  server: StoredServer | null,
  recorder: TestRecorder,
): Promise<void> {
  const signal = AbortSignal.timeout(deps.deadlineMs ?? TEST_DEADLINE_MS)
  const run = { deps, recorder, signal }
  if (!input.change.ok) return failByFields(run, caller, input.change.error)
  const { settings } = input.change.value
  const sender = input.as && { sender: input.as.address, mailbox: input.as.mailbox }
  recorder.addFacts({ ...factsOfSettings(settings, deps.deployment.clouds), ...sender, recipient: input.to })

  const place = submissionOf(settings, deps.deployment.clouds)
  if (!place) return failByFields(run, caller, { cloud: { key: 'choice.cloud' } })

  const ready = await settingsStage(run, input.change.value, server)
  if (!ready.ok) return
  recorder.pass('settings')

  const login = await loginOf(run, settings, ready.value, input.as?.mailbox)
  if (!login) return
  const smtp = { ...place, login: login.login }
  const own = { name: settings.senderName, address: settings.senderAddress }
  const from = input.as ? { name: '', address: input.as.address } : own
  const mail = testMessage({ deps, caller, from, to: input.to, server: smtp })
  const attempt = await inTime(
    deps.transport.attempt(smtp, mail, {
      signal,
      dryRun: input.dryRun,
      onStep: ({ stage, ms, facts }) => recorder.pass(stage, { ms, facts }),
      onLine: (line) => recorder.line(line),
    }),
    signal,
  )
  if (attempt === 'late') return recorder.fail(lateAt(run, smtp))
  if (!attempt.ok) {
    const { stage, fault } = attempt.error
    return recorder.fail(diagnose(fault, { stage, claims: login.claims, login: smtp.login.kind }))
  }
  const { reply, serverMessageId, refused } = attempt.value
  const [refusal] = refused
  if (refusal) return recorder.fail(diagnose(refusal.fault, { stage: 'recipient', claims: login.claims }))
  if (input.dryRun) return recorder.skip('data')
  recorder.pass('data')
  recorder.accept({ reply: reply ?? '', serverMessageId, messageId: mail.messageId })
}

/** Abandons work that does not end with its signal, a moment after the deadline. */
const inTime = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'late'> =>
  untilAborted<T | 'late'>(work, signal, () => Promise.race([work, wait(GRACE_MS, 'late' as const)]))

function lateAt({ recorder }: Run, { host, port }: { host: string; port: number }) {
  const fault: NetFault = { kind: 'net', code: 'deadline-passed', host, port, evidence: '' }
  return diagnose(fault, { stage: recorder.stage, claims: null })
}

async function settingsStage(
  run: Run,
  change: MailServerChange,
  server: StoredServer | null,
): Promise<Result<OpenedCredential | null, 'failed'>> {
  const { deps, recorder } = run
  const secret = secretOf(change, server, deps.deployment.clouds)
  const isMissing = secret.ok && secret.value.kind === 'none' && change.settings.type !== 'smtp'
  if (!secret.ok || isMissing) {
    const why =
      secret.ok || secret.error === 'none' ? 'no secret is stored' : 'the secret is stored for another destination'
    failBySettings(run, 'secret-missing', [], why)
    return fail('failed')
  }
  const opened = await openSecret(secret.value, deps.vault)
  if (!opened.ok) {
    const { code, evidence } = unopened(opened.error)
    failBySettings(run, code, [], evidence)
    return fail('failed')
  }
  if (opened.value) recorder.addFacts({ credential: opened.value.kind })
  const text = opened.value && secretIn(opened.value)
  if (text) recorder.hide(text)
  const stored = secret.value.kind === 'kept' ? secret.value.credential : null
  recorder.addFacts({ secretExpiresAt: change.secretExpiresAt ?? stored?.expiresAt ?? null })
  recorder.setCredential({ digest: credentialDigest(secret.value, deps.vault), storedId: stored?.id ?? null })
  return opened
}

/** Names each field with its error, because the command line and the stored report show no form. */
function failByFields(run: Run, { locale }: LocalisedCaller, validationErrors: FieldErrors): void {
  const t = translatorFor(locale, 'validation')
  const problems = Object.entries(validationErrors).map(
    ([field, validationError]) => `${field}: ${validationErrorText(t, validationError)}`,
  )
  run.recorder.addFacts({ problems })
  failBySettings(run, 'settings-incomplete', Object.keys(validationErrors))
}

function failBySettings(
  { recorder }: Run,
  code: 'settings-incomplete' | 'secret-missing' | 'secret-unreadable',
  fields: string[],
  evidence = fields.join(', '),
): void {
  recorder.addFacts({ fields })
  const fault: Fault = { kind: 'settings', code, evidence }
  recorder.fail(diagnose(fault, { stage: 'settings', claims: null }))
}

/** How to log in; null if the test has failed before. */
async function loginOf(
  run: Run,
  settings: MailServerSettings,
  credential: OpenedCredential | null,
  mailbox = settings.senderAddress,
): Promise<{ login: SmtpServer['login']; claims: TokenClaims | null } | null> {
  if (settings.type === 'smtp') {
    if (settings.username === null || credential?.kind !== 'smtp-password')
      return { login: { kind: 'none' }, claims: null }
    return { login: { kind: 'password', username: settings.username, password: credential.secret }, claims: null }
  }
  if (credential === null || credential.kind === 'smtp-password')
    throw new Error('The settings stage has let Exchange Online settings pass without a credential')
  const token = await tokenStage(run, settings, credential)
  if (!token) return null
  run.recorder.hide(token.bearer)
  const claims = claimsStage(run, settings, token)
  if (claims === 'failed') return null
  return { login: { kind: 'xoauth2', mailbox, token: token.bearer }, claims }
}

async function tokenStage(run: Run, settings: ExchangeOnlineSettings, credential: ClientCredential) {
  const { deps, recorder, signal } = run
  const cloud = cloudOf(settings, deps.deployment.clouds)
  const { tenantId, clientId } = settings
  const place = placeOf(new URL(cloud.loginOrigin))
  const request = { cloud, tenantId, clientId, resource: 'exchange', credential } as const
  const token = await inTime(deps.tokens.fresh(request, signal), signal)
  if (token !== 'late' && token.ok) {
    recorder.entraAnswered(null)
    recorder.pass('token')
    return token.value
  }
  recorder.addFacts(place)
  const diagnosis = token === 'late' ? lateAt(run, place) : diagnose(token.error, { stage: 'token', claims: null })
  if (isCredentialRefusal(diagnosis.code)) {
    const health = recorder.usesStoredCredential && (await readCredentialHealth(deps.db, deps.id, deps.clock.now()))
    recorder.entraAnswered(diagnosis.code, health ? health.fallbackUntil : null)
  }
  recorder.fail(diagnosis)
  return null
}

function claimsStage({ deps, recorder }: Run, settings: ExchangeOnlineSettings, token: AccessToken) {
  const claims = readClaims(token)
  const cloud = cloudOf(settings, deps.deployment.clouds)
  if (claims) recorder.addFacts({ objectId: claims.oid, roles: claims.roles, audience: claims.aud })
  const { tenantId } = settings
  const verdict = judgeClaims(claims, { cloud, tenantId, now: systemClock.now(), peerDate: token.peerDate })
  if (verdict.state === 'failed') {
    recorder.fail(verdict.diagnosis)
    return 'failed'
  }
  recorder.pass('claims', {
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
