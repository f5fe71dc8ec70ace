import type { AuditLog } from '../audit/log'
import type { Diagnosis } from '../diagnosis'
import type { AccessToken, TokenCache } from '../entra/contracts'
import { SYSTEM_CALLER } from '../kernel/actor'
import { fail, ok, type Result } from '../kernel/result'
import type { SmtpServer } from '../smtp/contracts'
import { credentialEntry } from './audit'
import { diagnosed, type EntraServer, isEntraServer, missing, type OpenDeps, tokenRequest } from './entra'
import { openCredential, unopened } from './open-credential'
import type { CredentialStore, Slots, StoredCredential } from './ports'
import { isCredentialRefusal } from './rejection'

export interface LoginDeps extends OpenDeps {
  store: CredentialStore
  tokenCache: TokenCache
  audit: Pick<AuditLog, 'record'>
}

/** How mail leaves now. Keep it for one attempt: a later one asks anew, and gets the held token. */
export interface Login {
  mailServerId: string
  sender: { address: string; name: string }
  server: SmtpServer
  /** Which credential served; null: the server wants none. */
  served: { credentialId: string; slot: 'current' | 'fallback' } | null
  /** Null for a password. */
  token: AccessToken | null
}

export type LoginFault =
  /** No mail server is configured. */
  { kind: 'no-server' } | { kind: 'failed'; diagnosis: Diagnosis }

/** `paused`: a token renewed moments ago was refused too, so its age is not the reason; a person must look. */
export type RenewFault = LoginFault | { kind: 'paused'; reason: 'refused-again' | 'no-token' }

export interface Logins {
  /** Of this mail server, or of the default one. The fallback is tried only when Entra refused the current credential itself (S-18). */
  login(signal: AbortSignal, mailServerId?: string): Promise<Result<Login, LoginFault>>
  /** After the mail server refused the token (535): the same login with another token, once. */
  renew(login: Login, signal: AbortSignal): Promise<Result<Login, RenewFault>>
}

export function createLogins(deps: LoginDeps): Logins {
  const { store, vault, tokenCache, clock, audit } = deps
  /** Current credentials whose refusal is written down and whose fallback is audited; each once in a process. */
  const told = new Set<string>()

  async function login(signal: AbortSignal, mailServerId?: string): Promise<Result<Login, LoginFault>> {
    const id = mailServerId ?? (await store.defaultServerId())
    const slots = id === null ? null : await store.slots(id, clock.now())
    if (!slots) return fail({ kind: 'no-server' })
    const { server, current } = slots
    if (!isEntraServer(server)) return passwordLogin(slots)
    if (!current) return fail({ kind: 'failed', diagnosis: diagnosed(missing('no credential is stored'), clock) })

    const first = await byToken(server, current, 'current', signal)
    if (first.ok) {
      told.delete(current.id)
      return first
    }
    if (!isCredentialRefusal(first.error.code)) return fail({ kind: 'failed', diagnosis: first.error })
    return standIn(server, slots, current, first.error, signal)
  }

  async function standIn(
    server: EntraServer,
    { fallback }: Slots,
    current: StoredCredential,
    refusal: Diagnosis,
    signal: AbortSignal,
  ): Promise<Result<Login, LoginFault>> {
    const isNews = !told.has(current.id)
    told.add(current.id)
    if (isNews && current.refusedAt === null) await keepResult(current, refusal)
    if (!fallback) return fail({ kind: 'failed', diagnosis: refusal })
    const second = await byToken(server, fallback, 'fallback', signal)
    // What is wrong is the current credential; that its stand-in does not serve either is no other fault.
    if (!second.ok) return fail({ kind: 'failed', diagnosis: refusal })
    if (isNews)
      await audit.record(
        credentialEntry('credential.fallback', SYSTEM_CALLER, fallback.id, {
          refused: current.id,
          code: refusal.code,
          until: fallback.fallbackUntil?.toISOString() ?? null,
        }),
      )
    return second
  }

  async function byToken(
    server: EntraServer,
    credential: StoredCredential,
    slot: 'current' | 'fallback',
    signal: AbortSignal,
  ): Promise<Result<Login, Diagnosis>> {
    const request = await tokenRequest(deps, server, credential)
    if (!request.ok) return request
    const token = await tokenCache.token(credential.id, request.value, signal)
    if (!token.ok) return fail(diagnosed(token.error, clock))
    return ok(loginWith(server, { credentialId: credential.id, slot }, token.value))
  }

  async function passwordLogin({ server, current }: Slots): Promise<Result<Login, LoginFault>> {
    const { submission, destination } = server
    if (!submission)
      return fail({ kind: 'failed', diagnosis: diagnosed(missing('the settings cannot be used'), clock) })
    if (destination?.type !== 'smtp') return ok(loginAs(server, submission, { kind: 'none' }, null))
    if (!current) return fail({ kind: 'failed', diagnosis: diagnosed(missing('no password is stored'), clock) })
    const opened = await openCredential(current, destination, vault)
    if (!opened.ok) return fail({ kind: 'failed', diagnosis: diagnosed(unopened(opened.error), clock) })
    if (opened.value.kind !== 'smtp-password')
      return fail({ kind: 'failed', diagnosis: diagnosed(missing('no password is stored'), clock) })
    const { username } = destination
    const served = { credentialId: current.id, slot: 'current' } as const
    return ok(loginAs(server, submission, { kind: 'password', username, password: opened.value.secret }, served))
  }

  async function renew(before: Login, signal: AbortSignal): Promise<Result<Login, RenewFault>> {
    if (!before.token || !before.served) return fail({ kind: 'paused', reason: 'no-token' })
    const [server, credential] = await Promise.all([
      store.server(before.mailServerId),
      store.byId(before.served.credentialId),
    ])
    // Changed meanwhile: whoever sends asks for a login anew.
    if (!server || !isEntraServer(server) || !credential || credential.removedAt)
      return login(signal, before.mailServerId)
    const request = await tokenRequest(deps, server, credential)
    if (!request.ok) return fail({ kind: 'failed', diagnosis: request.error })
    const renewed = await tokenCache.renew(credential.id, request.value, before.token, signal)
    if (renewed.ok) return ok(loginWith(server, before.served, renewed.value))
    if (renewed.error.kind === 'just-renewed') return fail({ kind: 'paused', reason: 'refused-again' })
    const diagnosis = diagnosed(renewed.error, clock)
    // The credential died while its last token lived: the next one may stand in.
    return isCredentialRefusal(diagnosis.code) && before.served.slot === 'current'
      ? login(signal, before.mailServerId)
      : fail({ kind: 'failed', diagnosis })
  }

  async function keepResult(credential: StoredCredential, { code, evidence }: Diagnosis): Promise<void> {
    const probe = { at: clock.now(), reason: 'use', outcome: 'refused', diagnosisCode: code, evidence } as const
    const entry = credentialEntry(
      'credential.probe',
      SYSTEM_CALLER,
      credential.id,
      { outcome: 'refused', code },
      'failed',
    )
    await store.keepProbe(credential.id, { ...probe, durationMs: 0 }, entry)
  }

  return { login, renew }
}

function loginWith(server: EntraServer, served: NonNullable<Login['served']>, token: AccessToken): Login {
  const { smtpHost: host, smtpPort: port } = server.exchange.cloud
  const login = { kind: 'xoauth2', mailbox: server.senderAddress, token: token.bearer } as const
  return { ...loginAs(server, { host, port, security: 'starttls' }, login, served), token }
}

const loginAs = (
  { id, senderAddress, senderName }: Slots['server'],
  submission: NonNullable<Slots['server']['submission']>,
  login: SmtpServer['login'],
  served: Login['served'],
): Login => ({
  mailServerId: id,
  sender: { address: senderAddress, name: senderName },
  server: { ...submission, login },
  served,
  token: null,
})
