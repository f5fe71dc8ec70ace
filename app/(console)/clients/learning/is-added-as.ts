import { type Client, isInNetworks, maySendAs } from '@/lib/submission/client'
import type { LearnedDevice } from '@/lib/submission/store/sessions'

/**
 * A device that uses TLS is added with a login, because networks without one may use only the plain port. An address can be that of several
 * devices, so a client that only came from there counts if it was added since.
 */
export function isAddedAs(
  client: Pick<Client, 'way' | 'networks' | 'senders' | 'lastAddress' | 'createdAt'>,
  { address, since, entrance, senders }: Pick<LearnedDevice, 'address' | 'since' | 'entrance' | 'senders'>,
): boolean {
  if (senders.length > 0 && !senders.some((sender) => maySendAs(client, sender))) return false
  if (client.lastAddress === address && client.createdAt > since) return true
  return client.way === (entrance === 'plain' ? 'network' : 'login') && isInNetworks(address, client.networks)
}
