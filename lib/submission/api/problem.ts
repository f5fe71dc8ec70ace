import { translatorFor } from '../../i18n/translations'
import { REFUSALS, type Refusal, refusalText } from '../refusal'
import type { FieldError } from './mail-schema'

export interface ApiRefusal extends Refusal {
  errors?: readonly FieldError[]
}

/** Where the console explains the codes; each has an anchor. */
const API_HELP_PATH = '/help/http-api'

/** After how many seconds a request that got this status may be repeated. */
export const RETRY_AFTER_S: Partial<Record<number, number>> = { 429: 30, 503: 5, 507: 60 }

const [t, titles] = [translatorFor('en', 'submission'), translatorFor('en', 'clients')]

/** The answer to a refusal (RFC 9457): a title for its code, and in the detail what is wrong and what to do. */
export function problem(baseUrl: URL, refused: ApiRefusal): Response {
  const { http: status } = REFUSALS[refused.code]
  const retryAfter = RETRY_AFTER_S[status]
  const document = {
    type: new URL(`${API_HELP_PATH}#${refused.code}`, baseUrl).href,
    title: titles(`refused.${refused.code}`).replace(/^./, (first) => first.toUpperCase()),
    status,
    detail: `${refusalText(t, refused)} ${t(`refusal.${refused.code}.todo`)}`,
    code: refused.code,
    ...(refused.errors && { errors: refused.errors }),
  }
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      // RFC 9110 §15.5.16.
      ...(refused.code === 'content-encoding' && { 'accept-encoding': 'identity' }),
      // RFC 9110 §15.5.6.
      ...(refused.code === 'method-unknown' && { allow: String(refused.params.methods) }),
      // RFC 6750 §3, by which it has at least one parameter.
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="Postroom"' }),
      ...(refused.code === 'scope-missing' && {
        'www-authenticate': `Bearer realm="Postroom", error="insufficient_scope", scope="${refused.params.scope}"`,
      }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
  })
}
