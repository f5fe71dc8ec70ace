import { type Diagnosis, diagnose } from '../diagnosis'
import type { ClientCredential, DirectoryFault, DirectoryRequest, TokenRequest } from '../entra/contracts'
import { type Fault, fail, ok, type Result, type SettingsFault, type Vault } from '../kernel'
import { missing, openCredential, unopened } from './open-credential'
import { isCredentialRefusal } from './propagation'
import type { StoredCredential } from './store/credentials'
import type { CredentialServer } from './store/servers'

/** A mail server that signs in at Entra, with what a token request needs. */
export type EntraServer = CredentialServer & {
  destination: NonNullable<CredentialServer['destination']>
  exchange: NonNullable<CredentialServer['exchange']>
  submission: NonNullable<CredentialServer['submission']>
}

export const isEntraServer = (server: CredentialServer): server is EntraServer =>
  server.destination !== null && server.exchange !== null && server.submission !== null

/**
 * The token request for a credential. Its secret is opened for this one request and only for this server's destination. If it
 * cannot be opened, the fault is returned; there is no way around it.
 */
export async function tokenRequest(
  { vault }: { vault: Vault },
  server: EntraServer,
  credential: StoredCredential,
): Promise<Result<TokenRequest, Diagnosis>> {
  const opened = await openedForEntra(vault, server, credential)
  if (!opened.ok) return fail(diagnosed(opened.error))
  const { cloud, tenantId, clientId } = server.exchange
  return ok({ cloud, tenantId, clientId, resource: 'exchange', credential: opened.value })
}

export async function openedForEntra(
  vault: Vault,
  server: EntraServer,
  credential: StoredCredential,
): Promise<Result<ClientCredential, SettingsFault>> {
  const opened = await openCredential(credential, server.destination, vault)
  if (!opened.ok) return fail(unopened(opened.error))
  if (opened.value.kind === 'smtp-password')
    return fail(missing('a password is stored where Entra wants another proof'))
  return ok(opened.value)
}

/** Why a call of Graph gave nothing. Without a token, because of our own store or because of Entra, nothing was done. */
export type GraphFault = Exclude<DirectoryFault, { kind: 'token' }> | { kind: 'no-token'; diagnosis: Diagnosis }

/**
 * Calls Graph with the first of these credentials that opens and that Entra accepts. Without a token nothing was done, so a call
 * with the next credential does nothing twice. If none can be used, the fault is that of the first one, which is in use.
 */
export async function callWithAny<T>(
  { vault }: { vault: Vault },
  server: EntraServer,
  credentials: readonly StoredCredential[],
  call: (request: DirectoryRequest, credential: StoredCredential) => Promise<Result<T, DirectoryFault>>,
): Promise<Result<T, GraphFault>> {
  let first: Diagnosis | null = null
  for (const credential of credentials) {
    const opened = await openedForEntra(vault, server, credential)
    const answer = opened.ok ? await call({ ...server.exchange, credential: opened.value }, credential) : opened
    if (answer.ok) return answer
    if (answer.error.kind !== 'token' && answer.error.kind !== 'settings') return fail(answer.error)
    const diagnosis = diagnosed(answer.error.kind === 'token' ? answer.error.fault : answer.error)
    if (answer.error.kind === 'token' && !isCredentialRefusal(diagnosis.code))
      return fail({ kind: 'no-token', diagnosis })
    first ??= diagnosis
  }
  return fail({ kind: 'no-token', diagnosis: first ?? diagnosed(missing('there is no credential')) })
}

/** Diagnoses a fault that came before or with the token; this module gets no further. */
export const diagnosed = (fault: Fault): Diagnosis =>
  diagnose(fault, { stage: fault.kind === 'settings' ? 'settings' : 'token', claims: null })
