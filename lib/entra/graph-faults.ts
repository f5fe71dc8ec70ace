import { isObject } from '../kernel/is-object'
import type { HttpFault, HttpReply } from '../net'
import type { DirectoryFault } from './contracts'

type Scrubber = (text: string) => string

/** Permissions of which a call needs one, so that a refusal can say what to grant. */
export type Needs = readonly string[]

/** No answer, or none from Graph. After a change it is unknown whether the change was made. */
export function unreadGraph(fault: HttpFault): DirectoryFault {
  if (fault.kind === 'net') return { kind: 'net', fault }
  const { status, problem, retryAfterMs } = fault
  const kind = status === 429 ? 'throttled' : 'unavailable'
  return { kind, retryAfterMs, evidence: `HTTP ${status}: ${problem}` }
}

/** A well-formed answer without what was requested. */
export const useless = (evidence: string): DirectoryFault => ({ kind: 'unavailable', retryAfterMs: null, evidence })

/** End of the codes for a credential that the app management policy forbids, with status 400 or 403. */
const POLICY_CODE = /AsPerAppPolicy$/i
/** Graph has no code for a secret or key that does not exist any more, only this text. */
const GONE = /\bno (password|key) credential found\b/i

/** The refusal of Graph, recognised by status and code. Its text is only evidence. */
export function graphRefusal(
  { status, body, retryAfterMs }: HttpReply,
  { needs, roles, scrub }: { needs: Needs; roles: readonly string[]; scrub: Scrubber },
): DirectoryFault {
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const code = typeof error.code === 'string' ? error.code : ''
  const message = typeof error.message === 'string' ? error.message : ''
  const evidence = scrub(`HTTP ${status} ${code}: ${message}`)
  if (status === 429) return { kind: 'throttled', retryAfterMs, evidence }
  if (status >= 500) return { kind: 'unavailable', retryAfterMs, evidence }
  if (POLICY_CODE.test(code)) return { kind: 'policy', evidence }
  if (status === 401 || status === 403) {
    const has = roles.length > 0 ? roles.join(', ') : 'no role'
    return { kind: 'not-permitted', evidence: scrub(`needs ${needs.join(' or ')}; the token has ${has}. ${evidence}`) }
  }
  if (status === 404 || (status === 400 && GONE.test(message))) return { kind: 'not-found', evidence }
  return { kind: 'refused', status, code: scrub(code), evidence }
}
