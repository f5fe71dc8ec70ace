import { clientAddress } from '@/lib/access/client-address'
import type { RefusalHandler } from '@/lib/access/handlers'
import { PEER_HEADER } from '@/lib/access/incoming-requests'
import { auditEntry } from '@/lib/audit'
import { localeOf } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { type Actor, newId } from '@/lib/kernel'
import { services } from '@/lib/services'

/** Records a refusal as actions and routes do, but for proxy.ts, which runs before the framework has a request. */
export const recordProxyRefusal: RefusalHandler = async (headers, path, why) => {
  const { refusals, signIn, environment } = services()
  const forwarded = headers.get('x-forwarded-for')
  const operator = (await signIn.getSession(headers))?.operator
  const actor: Actor = operator
    ? { kind: 'operator', id: operator.id, email: operator.email, role: operator.role }
    : { kind: 'anonymous' }
  const address = clientAddress(headers.get(PEER_HEADER), forwarded, environment.trustedProxies)
  const caller = { actor, origin: { address, requestId: newId() } }
  await refusals.record(auditEntry('request.refused', caller, null, { what: path, why }, 'refused'))
  return translatorFor(localeOf(headers.get('cookie'), headers.get('accept-language')), 'people')(`refusal.${why}`)
}
