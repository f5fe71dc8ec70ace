import type { CredentialsDeps } from '../deps'
import { type EntraServer, isEntraServer, openedForEntra } from '../entra'
import { secretIn } from '../open-credential'
import { inUse } from '../probe'
import { readCredential, type StoredCredential } from '../store/credentials'
import { listServers, readServer } from '../store/servers'
import { readSlots } from '../store/slots'
import { reasonToKeep } from './remove'

/**
 * Names of the other mail servers that sign in with the same secret or certificate of the same application. If it was removed at
 * Microsoft, their mail would stop.
 */
export async function sharedWith(deps: CredentialsDeps, credentialId: string): Promise<string[]> {
  const credential = await readCredential(deps.db, credentialId)
  const server = credential && (await readServer(deps, credential.mailServerId))
  const wanted = server && isEntraServer(server) ? await identityOf(deps, server, credential) : null
  if (wanted === null) return []
  const names: string[] = []
  for (const other of await listServers(deps)) {
    if (other.id === server?.id || !isEntraServer(other)) continue
    const identities = (await neededBy(deps, other.id)).map((needed) => identityOf(deps, other, needed))
    if ((await Promise.all(identities)).includes(wanted)) names.push(other.name)
  }
  return names
}

/** A previous credential only while mail may still need it. */
async function neededBy(deps: CredentialsDeps, mailServerId: string): Promise<StoredCredential[]> {
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  if (!slots) return []
  return inUse(slots).filter((one) => one.slot !== 'previous' || reasonToKeep(one, slots, now) !== null)
}

/** The same for two credentials only if they are one at Microsoft. Null if there is nothing that could be removed there. */
async function identityOf({ vault }: CredentialsDeps, server: EntraServer, credential: StoredCredential) {
  const opened = await openedForEntra(vault, server, credential)
  const secret = opened.ok ? secretIn(opened.value)?.reveal() : undefined
  const own = credential.thumbprint ?? secret
  return own === undefined ? null : JSON.stringify([server.exchange.clientId.toLowerCase(), own])
}
