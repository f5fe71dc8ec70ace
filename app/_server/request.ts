import 'server-only'
import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { clientAddress } from '@/lib/access/client-address'
import { PEER_HEADER } from '@/lib/access/incoming-requests'
import { newId, type Origin } from '@/lib/kernel'
import { services } from '@/lib/services'

/** Where a request came from. The peer's address is what the socket says; see lib/access/incoming-requests.ts. */
export function originOf(requestHeaders: Headers): Origin {
  const { environment, unknownProxy } = services()
  const [peer, forwardedFor] = [requestHeaders.get(PEER_HEADER), requestHeaders.get('x-forwarded-for')]
  unknownProxy.saw(peer, forwardedFor)
  return { address: clientAddress(peer, forwardedFor, environment.trustedProxies), requestId: newId() }
}

/**
 * Headers and origin of the request being answered, the same for everything that renders one page. It includes
 * cookies that an action has just set, so a page rendered in the answer that starts a session belongs to that session.
 */
export const currentCall = cache(async (): Promise<{ headers: Headers; origin: Origin }> => {
  const incoming = new Headers(await headers())
  const jar = (await cookies()).getAll().map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
  if (jar.length > 0) incoming.set('cookie', jar.join('; '))
  else incoming.delete('cookie')
  return { headers: incoming, origin: originOf(incoming) }
})
