import type { CredentialsDeps } from '../deps'
import { isEntraServer, openedForEntra } from '../entra'
import { secretIn } from '../open-credential'
import { inUse } from '../probe'
import { readCredential, type StoredCredential } from '../store/credentials'
import { type CredentialServer, listServers, readServer } from '../store/servers'
import { readSlots } from '../store/slots'
import { reasonToKeep } from './remove'

/**
 * Names of the other mail servers that sign in with the same secret or certificate of the same application. If it was removed at
 * Microsoft, their mail would stop. Those that may sign in with it are `possible`: theirs, or this one, cannot be opened for a comparison.
 */
export async function sharedWith(deps: CredentialsDeps, credentialId: string) {
  const sharers: Record<'sure' | 'possible', string[]> = { sure: [], possible: [] }
  const credential = await readCredential(deps.db, credentialId)
  const server = credential && (await readServer(deps, credential.mailServerId))
  if (!server || !isEntraServer(server) || !credential.sealed) return sharers
  const wanted = await identityOf(deps, server, credential)
  for (const other of await listServers(deps)) {
    if (other.id === server.id || isOtherApplication(other, server)) continue
    const needed = (await neededBy(deps, other.id)).filter(({ kind, sealed }) => kind === credential.kind && sealed)
    const identities = await Promise.all(needed.map((one) => identityOf(deps, other, one)))
    if (wanted !== null && identities.includes(wanted)) sharers.sure.push(other.name)
    else if (identities.includes(null) || (wanted === null && identities.length > 0)) sharers.possible.push(other.name)
  }
  return sharers
}

/** A mail server whose cloud is gone from the deployment, or whose settings cannot be read, may be one of the same application. */
const isOtherApplication = ({ exchange }: CredentialServer, server: CredentialServer): boolean =>
  exchange !== null && exchange.clientId.toLowerCase() !== server.exchange?.clientId.toLowerCase()

/** A previous credential only while mail may still need it. */
async function neededBy(deps: CredentialsDeps, mailServerId: string): Promise<StoredCredential[]> {
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  if (!slots) return []
  return inUse(slots).filter((one) => one.slot !== 'previous' || reasonToKeep(one, slots, now) !== null)
}

/** The same for two credentials of one kind and application only if they are one at Microsoft. Null if it cannot be opened. */
async function identityOf({ vault }: CredentialsDeps, server: CredentialServer, credential: StoredCredential) {
  if (credential.thumbprint !== null) return credential.thumbprint
  if (!isEntraServer(server)) return null
  const opened = await openedForEntra(vault, server, credential)
  return opened.ok ? (secretIn(opened.value)?.reveal() ?? null) : null
}
