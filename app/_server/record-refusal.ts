import { clientAddress } from '@/lib/access/client-address'
import { PEER_HEADER } from '@/lib/access/incoming-requests'
import type { RefusalHandler } from '@/lib/access/refusal-handler'
import { isLocale, LOCALE_COOKIE, localeOfHeader } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { newId } from '@/lib/kernel/ids'
import { services } from '@/lib/services'

/** Records a refusal as actions and routes do, but for proxy.ts, which runs before the framework has a request. */
export const keepRefusal: RefusalHandler = async (headers, path, why) => {
  const { refusals, signIn, environment } = services()
  const forwarded = headers.get('x-forwarded-for')
  const operator = (await signIn.getSession(headers))?.operator
  await refusals.record({
    action: 'request.refused',
    actor: operator
      ? { kind: 'operator', id: operator.id, email: operator.email, role: operator.role }
      : { kind: 'anonymous' },
    origin: {
      address: clientAddress(headers.get(PEER_HEADER), forwarded, environment.trustedProxies),
      requestId: newId(),
    },
    result: 'refused',
    subject: null,
    details: { what: path, why },
  })
  return translatorFor(localeOf(headers), 'people')(`refusal.${why}`)
}

function localeOf(headers: Headers) {
  const [, chosen] = new RegExp(`(?:^|;\\s*)${LOCALE_COOKIE}=([^;]*)`).exec(headers.get('cookie') ?? '') ?? []
  return isLocale(chosen) ? chosen : localeOfHeader(headers.get('accept-language'))
}
