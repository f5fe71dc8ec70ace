import { type Diagnosis, diagnose } from '../diagnosis'
import type { ClientCredential, TokenRequest, TokenResource } from '../entra/contracts'
import type { Clock } from '../kernel/clock'
import type { Fault } from '../kernel/faults'
import { fail, ok, type Result } from '../kernel/result'
import type { Vault } from '../kernel/sealing'
import { openCredential, unopened } from './open-credential'
import type { CredentialServer, StoredCredential } from './ports'

export type OpenDeps = { vault: Vault; clock: Clock }

/** A server that signs in at Entra, as far as asking for a token goes. */
export type EntraServer = CredentialServer & {
  destination: NonNullable<CredentialServer['destination']>
  exchange: NonNullable<CredentialServer['exchange']>
}

export const isEntraServer = (server: CredentialServer): server is EntraServer =>
  server.destination !== null && server.exchange !== null

/**
 * What to ask Entra for with this credential. Its text is opened for this one question, and for this server's destination
 * only (S-05, S-13); one that does not open is told, never got around.
 */
export async function tokenRequest(
  { vault, clock }: OpenDeps,
  server: EntraServer,
  credential: StoredCredential,
  resource: TokenResource = 'exchange',
): Promise<Result<TokenRequest, Diagnosis>> {
  const opened = await openedForEntra(vault, server, credential)
  if (!opened.ok) return fail(diagnosed(opened.error, clock))
  const { cloud, tenantId, clientId } = server.exchange
  return ok({ cloud, tenantId, clientId, resource, credential: opened.value })
}

export async function openedForEntra(
  vault: Vault,
  server: EntraServer,
  credential: StoredCredential,
): Promise<Result<ClientCredential, Fault>> {
  const opened = await openCredential(credential, server.destination, vault)
  if (!opened.ok) return fail(unopened(opened.error))
  if (opened.value.kind === 'smtp-password')
    return fail(missing('a password is stored where Entra wants another proof'))
  return ok(opened.value)
}

export const missing = (evidence: string): Fault => ({ kind: 'settings', code: 'secret-missing', evidence })

/** Of a fault before or at the token: nothing else happens in this room. */
export const diagnosed = (fault: Fault, clock: Clock): Diagnosis =>
  diagnose(fault, { stage: fault.kind === 'settings' ? 'settings' : 'token', claims: null, now: clock.now() })
