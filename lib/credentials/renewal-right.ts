import { MINUTE_MS, SECOND_MS } from '../kernel'
import type { CredentialsDeps } from './deps'
import { isEntraServer, openedForEntra } from './entra'
import { readSlots } from './store/slots'

/** `unknown` if Entra did not answer in time, or does not accept the credential. */
export type RenewalRight = 'granted' | 'missing' | 'unknown'

/** A page waits for it, so it is given little time. */
const DEADLINE_MS = 2 * SECOND_MS
/** How long a right counts as still there after it was seen. What is missing is asked for again, since it may just have been granted. */
const REMEMBERED_MS = 10 * MINUTE_MS

/** When the right of an application was last seen, by its credential: another credential may be another application's. */
export type SeenRights = Map<string, number>

/**
 * Whether Postroom can replace the credential at Microsoft itself. A secret needs a permission on Microsoft Graph, which the token
 * names, so Graph is not asked; a certificate vouches for its successor and needs the Object ID, which is known, typed or read.
 */
export async function renewalRight(
  deps: Pick<CredentialsDeps, 'db' | 'clock' | 'clouds' | 'vault' | 'directory'> & { seenRights: SeenRights },
  mailServerId: string,
): Promise<RenewalRight> {
  const { clock, directory, seenRights, vault } = deps
  const slots = await readSlots(deps, mailServerId, clock.now())
  if (!slots?.current || !isEntraServer(slots.server)) return 'unknown'
  const { current, server } = slots
  if (current.kind === 'certificate' && current.applicationObjectId !== null) return 'granted'
  const seenMs = seenRights.get(current.id)
  if (seenMs !== undefined && clock.monotonicMs() - seenMs < REMEMBERED_MS) return 'granted'
  const opened = await openedForEntra(vault, server, current)
  if (!opened.ok) return 'unknown'
  const request = { ...server.exchange, credential: opened.value }
  const rights = await directory.rights(request, AbortSignal.timeout(DEADLINE_MS))
  if (!rights.ok) return 'unknown'
  const { read, write } = rights.value
  if (!(current.kind === 'certificate' ? read : write)) return 'missing'
  seenRights.set(current.id, clock.monotonicMs())
  return 'granted'
}
