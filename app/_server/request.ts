import 'server-only'
import { headers } from 'next/headers'
import { cache } from 'react'
import { clientAddress } from '@/lib/access/client-address'
import type { Origin } from '@/lib/kernel/actor'
import { newId } from '@/lib/kernel/ids'
import { wiring } from '@/lib/wiring'
import { PEER_HEADER } from './peer-address'

/** Where a request came from. The peer's address is what the socket says; see peer-address.ts. */
export function originOf(requestHeaders: Headers): Origin {
  const { trustedProxies } = wiring().environment
  return {
    address: clientAddress(requestHeaders.get(PEER_HEADER), requestHeaders.get('x-forwarded-for'), trustedProxies),
    requestId: newId(),
  }
}

/** Headers and origin of the request being answered, the same for everything that renders one page. */
export const currentCall = cache(async (): Promise<{ headers: Headers; origin: Origin }> => {
  const incoming = new Headers(await headers())
  return { headers: incoming, origin: originOf(incoming) }
})
