import { auditEntry } from '../audit'
import { defaultMailServerId } from '../db/default-mail-server'
import type { Diagnosis } from '../diagnosis'
import type { AccessToken } from '../entra/contracts'
import { FAILURE_REUSED_MS } from '../entra/token-cache'
import { type Bound, fail, ok, type Result, SYSTEM_CALLER } from '../kernel'
import type { FailedAttempt, SmtpServer } from '../smtp/contracts'
import type { CredentialsDeps } from './deps'
import { diagnosed, type EntraServer, isEntraServer, tokenRequest } from './entra'
import { missing, openCredential, unopened } from './open-credential'
import { isCredentialRefusal } from './propagation'
import { readCredential, type StoredCredential } from './store/credentials'
import { insertProbe } from './store/probes'
import { type CredentialServer, readServer } from './store/servers'
import { readSlots, type Slots } from './store/slots'

interface LoginDeps extends Pick<CredentialsDeps, 'db' | 'clock' | 'clouds' | 'vault' | 'tokenCache' | 'audit'> {
  /** The last change of Entra's answer that this process has reported, by credential: many logins at once report it once. */
  reported: Map<string, string>
}

/** How mail is sent now. It is valid for one attempt: a later one requests it again and gets the cached token. */
export interface Login {
  mailServerId: string
  sender: { address: string; name: string }
  server: SmtpServer
  /** The credential that was used, or null if the server needs none. */
  served: { credentialId: string; slot: 'current' | 'fallback' } | null
  /** Null for a password. */
  token: AccessToken | null
}

export type LoginFault = { kind: 'no-server' } | { kind: 'failed'; diagnosis: Diagnosis }

/** `paused`: a token renewed moments ago was refused too, so its age is not the reason, and a person must look into it. */
type RenewFault = LoginFault | { kind: 'paused' }

/** Signs in for one mail server, or the default one. The fallback is tried only if Entra refused the current credential itself. */
export async function login(
  deps: LoginDeps,
  signal: AbortSignal,
  mailServerId?: string,
): Promise<Result<Login, LoginFault>> {
  const { clock } = deps
  const slots = await readSlots(deps, mailServerId ?? (await defaultMailServerId(deps.db)), clock.now())
  if (!slots) return fail({ kind: 'no-server' })
  const { server, current } = slots
  if (!isEntraServer(server)) return passwordLogin(deps, slots)
  if (!current) return failed(diagnosed(missing('no credential is stored')))

  const first = await tokenLogin(deps, server, current, 'current', signal)
  if (first.ok) return first
  if (!isCredentialRefusal(first.error.code)) return failed(first.error)
  return fallbackLogin(deps, server, { ...slots, current }, first.error, signal)
}

/** After the mail server refused the token (reply 535): the same login with a new token, once. */
export async function renew(deps: LoginDeps, before: Login, signal: AbortSignal): Promise<Result<Login, RenewFault>> {
  if (!before.token || !before.served) return fail({ kind: 'paused' })
  const [server, credential] = await Promise.all([
    readServer(deps, before.mailServerId),
    readCredential(deps.db, before.served.credentialId),
  ])
  // The settings were changed in between, so a new login is needed.
  if (!server || !isEntraServer(server) || !credential || credential.removedAt)
    return login(deps, signal, before.mailServerId)
  const request = await tokenRequest(deps, server, credential)
  if (!request.ok) return failed(request.error)
  const renewed = await deps.tokenCache.renew(credential.id, request.value, before.token, signal)
  if (renewed.ok) {
    await noteAccepted(deps, credential, renewed.value)
    return ok(loginWith(server, before.served, renewed.value))
  }
  if (renewed.error.kind === 'just-renewed') return fail({ kind: 'paused' })
  const diagnosis = diagnosed(renewed.error)
  // The credential became invalid while its last token was still valid: the fallback may work.
  return isCredentialRefusal(diagnosis.code) && before.served.slot === 'current'
    ? login(deps, signal, before.mailServerId)
    : failed(diagnosis)
}

/** Signs in for an attempt. If the mail server refuses the token (reply 535), the attempt is repeated once with a new one. */
export async function withLogin<T, Failure extends Pick<FailedAttempt, 'stage' | 'fault'>>(
  credentials: { login: Bound<typeof login>; renew: Bound<typeof renew> },
  { signal, mailServerId }: { signal: AbortSignal; mailServerId?: string },
  attempt: (login: Login) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure | LoginFault>> {
  const first = await credentials.login(signal, mailServerId)
  if (!first.ok) return first
  const attempted = await attempt(first.value)
  if (attempted.ok || !first.value.token || !isTokenRefusal(attempted.error)) return attempted
  const renewed = await credentials.renew(first.value, signal)
  if (renewed.ok) return attempt(renewed.value)
  return renewed.error.kind === 'paused' ? attempted : fail(renewed.error)
}

const isTokenRefusal = ({ stage, fault }: Pick<FailedAttempt, 'stage' | 'fault'>): boolean =>
  stage === 'auth' && fault.kind === 'smtp' && fault.code === 535

const failed = (diagnosis: Diagnosis): Result<never, LoginFault> => fail({ kind: 'failed', diagnosis })

async function fallbackLogin(
  deps: LoginDeps,
  server: EntraServer,
  { current, fallback }: { current: StoredCredential; fallback: StoredCredential | null },
  refusal: Diagnosis,
  signal: AbortSignal,
): Promise<Result<Login, LoginFault>> {
  const isNews = await reportOnce(deps, current, 'refused', async () => {
    if (current.refusedAt === null) await saveAnswer(deps, current, deps.clock.now(), refusal)
  })
  if (!fallback) return failed(refusal)
  const second = await tokenLogin(deps, server, fallback, 'fallback', signal)
  // The current credential is the one that needs fixing, so its refusal is reported even if the fallback fails too.
  if (!second.ok) return failed(refusal)
  const details = { refused: current.id, code: refusal.code, until: fallback.fallbackUntil?.toISOString() ?? null }
  const audit = auditEntry('credential.fallback', SYSTEM_CALLER, `credential:${fallback.id}`, details)
  if (isNews) await forgettingOnError(deps, current, deps.audit.record(audit))
  return second
}

/** Runs `report` unless this process has reported the same answer since Entra last gave the opposite one. */
async function reportOnce(
  deps: LoginDeps,
  credential: StoredCredential,
  outcome: 'accepted' | 'refused',
  report: () => Promise<void>,
): Promise<boolean> {
  const opposite = outcome === 'accepted' ? credential.refusedAt : credential.acceptedAt
  const news = `${outcome} ${opposite?.getTime()}`
  const before = deps.reported.get(credential.id)
  // The token cache repeats a refusal, which another process's token may have followed.
  const mayBeOld = before?.startsWith('refused') && deps.clock.now().getTime() < Number(opposite) + FAILURE_REUSED_MS
  if (before === news || (outcome === 'refused' && mayBeOld)) return false
  deps.reported.set(credential.id, news)
  await forgettingOnError(deps, credential, report())
  return true
}

const forgettingOnError = (deps: LoginDeps, { id }: StoredCredential, writing: Promise<void>): Promise<void> =>
  writing.catch((error: unknown) => {
    deps.reported.delete(id)
    throw error
  })

async function tokenLogin(
  deps: LoginDeps,
  server: EntraServer,
  credential: StoredCredential,
  slot: 'current' | 'fallback',
  signal: AbortSignal,
): Promise<Result<Login, Diagnosis>> {
  const request = await tokenRequest(deps, server, credential)
  if (!request.ok) return request
  const token = await deps.tokenCache.token(credential.id, request.value, signal)
  if (!token.ok) return fail(diagnosed(token.error))
  await noteAccepted(deps, credential, token.value)
  return ok(loginWith(server, { credentialId: credential.id, slot }, token.value))
}

async function passwordLogin({ vault }: LoginDeps, { server, current }: Slots): Promise<Result<Login, LoginFault>> {
  const { submission, destination } = server
  const noPassword = () => failed(diagnosed(missing('no password is stored')))
  if (!submission) return failed(diagnosed(missing('the settings cannot be used')))
  if (destination?.type !== 'smtp') return ok(loginAs(server, submission, { kind: 'none' }, null))
  if (!current) return noPassword()
  const opened = await openCredential(current, destination, vault)
  if (!opened.ok) return failed(diagnosed(unopened(opened.error)))
  if (opened.value.kind !== 'smtp-password') return noPassword()
  const { username } = destination
  const served = { credentialId: current.id, slot: 'current' } as const
  return ok(loginAs(server, submission, { kind: 'password', username, password: opened.value.secret }, served))
}

/** A credential that Entra had refused works again if the token was requested after that. A cached token may be older. */
async function noteAccepted(deps: LoginDeps, credential: StoredCredential, { requestedMs }: AccessToken) {
  if (credential.refusedAt === null) return
  const { clock } = deps
  // By the database's time, as the refusal is, which another machine may have stored.
  const requestedAt = new Date(clock.now().getTime() - (clock.monotonicMs() - requestedMs))
  if (requestedAt < credential.refusedAt) return
  await reportOnce(deps, credential, 'accepted', () => saveAnswer(deps, credential, requestedAt, null))
}

/** @param refusal null if a token came */
async function saveAnswer(deps: LoginDeps, { id }: StoredCredential, at: Date, refusal: Diagnosis | null) {
  const outcome = refusal ? 'refused' : 'accepted'
  const code = refusal?.code ?? null
  const probe = { at, reason: 'use', outcome, diagnosisCode: code, evidence: refusal?.evidence ?? null } as const
  const result = refusal ? 'failed' : 'done'
  const audit = auditEntry('credential.probe', SYSTEM_CALLER, `credential:${id}`, { outcome, code }, result)
  await insertProbe(deps, id, probe, audit)
}

function loginWith(server: EntraServer, served: NonNullable<Login['served']>, token: AccessToken): Login {
  const login = { kind: 'xoauth2', mailbox: server.senderAddress, token: token.bearer } as const
  return { ...loginAs(server, server.submission, login, served), token }
}

const loginAs = (
  { id, senderAddress, senderName }: CredentialServer,
  submission: NonNullable<CredentialServer['submission']>,
  login: SmtpServer['login'],
  served: Login['served'],
): Login => ({
  mailServerId: id,
  sender: { address: senderAddress, name: senderName },
  server: { ...submission, login },
  served,
  token: null,
})
