import { AuthError } from '@azure/msal-node'
import { type EntraFault, isObject, type NetFault } from '../kernel'
import type { HttpFault, HttpReply } from '../net'
import type { Exchange } from './network'

type Scrubber = (text: string) => string

/** The fault of the last exchange or of MSAL itself. Anything else in `thrown` is a bug and is thrown again. */
export function faultOf(thrown: unknown, last: Exchange | undefined, scrub: Scrubber): EntraFault | NetFault {
  if (last?.kind === 'failed') return unreadFault(last.fault)
  if (last?.kind === 'answered') return last.usable ? refusal(last.reply, scrub) : uselessReply(last.reply)
  if (!(thrown instanceof AuthError)) throw thrown
  return {
    ...NOTHING_KNOWN,
    error: thrown.errorCode,
    evidence: scrub(`${thrown.errorCode}: ${thrown.errorMessage}`),
  }
}

const NOTHING_KNOWN: EntraFault = {
  kind: 'entra',
  number: null,
  httpStatus: null,
  error: '',
  evidence: '',
  badReply: false,
  peerDate: null,
  retryAfterMs: null,
}

const PROBLEM = {
  redirect: 'a redirect, which is never followed',
  'not-json': 'no JSON',
  'too-large': 'more than a token reply can be',
} as const

type Answered = Pick<HttpReply, 'status' | 'peerDate' | 'retryAfterMs'>

/** An answer without a token or an error of Entra. 429 and 5xx are clear whatever page a proxy sends with them. */
const unusable = ({ status, peerDate, retryAfterMs }: Answered, error: string, evidence: string): EntraFault => ({
  ...NOTHING_KNOWN,
  httpStatus: status,
  error,
  evidence,
  badReply: status !== 429 && status < 500,
  peerDate,
  retryAfterMs,
})

/** The server was not reached, or its answer is not read. */
export const unreadFault = (fault: HttpFault): EntraFault | NetFault =>
  fault.kind === 'net' ? fault : unusable(fault, fault.problem, `HTTP ${fault.status}: ${PROBLEM[fault.problem]}`)

export function uselessReply(reply: Answered): EntraFault {
  const { status } = reply
  const evidence = status === 200 ? 'HTTP 200 without a usable token' : `HTTP ${status} without an error in it`
  return unusable(reply, 'unusable_reply', evidence)
}

/** The refusal of Entra, with its AADSTS number. The ids that Microsoft's support needs are in its description. */
function refusal({ status, body, peerDate, retryAfterMs }: HttpReply, scrub: Scrubber): EntraFault {
  const members = isObject(body) ? body : {}
  const error = text(members.error) ?? ''
  const description = text(members.error_description) ?? ''
  return {
    ...NOTHING_KNOWN,
    number: numberIn(members.error_codes, description),
    httpStatus: status,
    error: scrub(error),
    evidence: scrub(description || error),
    peerDate,
    retryAfterMs,
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** The number in the text comes first, because `error_codes` may list a cause before it. */
function numberIn(codes: unknown, description: string): number | null {
  const spoken = /AADSTS(\d{4,9})/.exec(description)?.[1]
  if (spoken) return Number(spoken)
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined
  return typeof first === 'number' && Number.isSafeInteger(first) ? first : null
}
