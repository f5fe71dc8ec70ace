import { type ClaimsFault, type Cloud, isUuid, MINUTE_MS, type TokenClaims } from '../kernel'
import { RETRY_OF } from '../kernel/diagnosis-code'
import { type Diagnosis, evidenceLine } from './diagnosis'
import { EXCHANGE_APP_ID, SEND_AS_APP } from './microsoft'

/** A larger difference between clocks is not drift, and servers accept no more than about this. */
const CLOCK_APART_MS = 5 * MINUTE_MS

type ClaimsVerdict =
  | { state: 'passed' }
  /** The test continues, because RBAC for Applications needs no role, and a token format may change. */
  | { state: 'warned'; reason: 'role-missing' | 'role-wrong' | 'undecodable' }
  /** The test ends here; no AUTH is sent. */
  | { state: 'failed'; diagnosis: Diagnosis }

export interface Expected {
  cloud: Cloud
  /** GUID or a domain of the tenant; a domain cannot be compared with a claim. */
  tenantId: string
  now: Date
  /** The time in the token endpoint's response, or null if it had none. */
  peerDate: Date | null
}

/** Checks the claims of a new token before it is used; they are null if the token could not be decoded. */
export function judgeClaims(claims: TokenClaims | null, expected: Expected): ClaimsVerdict {
  if (claims === null || hasNoClaims(claims)) return { state: 'warned', reason: 'undecodable' }
  const { cloud, tenantId } = expected
  if (!isExchange(claims.aud, cloud)) return failed('token-wrong-audience', `aud: ${claims.aud ?? '-'}`)
  const tenant = tenantId.toLowerCase()
  if (isUuid(tenant) && claims.tid?.toLowerCase() !== tenant)
    return failed('token-wrong-tenant', `tid: ${claims.tid ?? '-'}`)
  if (claims.scp !== null) return failed('token-delegated', `scp: ${claims.scp}`)
  const reason = roleFault(claims)
  return judgeTimes(claims, expected) ?? (reason ? { state: 'warned', reason } : { state: 'passed' })
}

/** What is wrong with the role in a token, or null if it may send. `role-wrong` means that it has another role of Exchange. */
export function roleFault(claims: TokenClaims): 'role-missing' | 'role-wrong' | null {
  if (claims.roles.includes(SEND_AS_APP)) return null
  return claims.roles.length === 0 ? 'role-missing' : 'role-wrong'
}

const clocksDiffer = (peerDate: Date | null, now: Date): boolean =>
  peerDate !== null && Math.abs(peerDate.getTime() - now.getTime()) > CLOCK_APART_MS

/** Returns null if the token is valid now. Otherwise our clock is wrong if it differs from the server's, and if not, the reply is useless. */
function judgeTimes({ notBefore, expiresAt }: TokenClaims, { now, peerDate }: Expected): ClaimsVerdict | null {
  const early = notBefore !== null && notBefore.getTime() > now.getTime()
  const late = expiresAt !== null && expiresAt.getTime() <= now.getTime()
  if (!early && !late) return null
  const evidence = `nbf ${iso(notBefore)}, exp ${iso(expiresAt)}; Date ${iso(peerDate)}; our clock ${iso(now)}`
  if (clocksDiffer(peerDate, now)) return failed('clock-wrong', evidence)
  const isFarOff = early && notBefore.getTime() - now.getTime() > CLOCK_APART_MS
  return late || isFarOff ? failed('token-reply-invalid', evidence) : null
}

function failed(code: ClaimsFault['code'], evidence: string): ClaimsVerdict {
  return {
    state: 'failed',
    diagnosis: { code, stage: 'claims', retry: RETRY_OF[code], evidence: evidenceLine(evidence) },
  }
}

function isExchange(aud: string | null, cloud: Cloud): boolean {
  if (aud === null) return false
  return [...cloud.exchangeAudiences, EXCHANGE_APP_ID].some((known) => plain(known) === plain(aud))
}

const hasNoClaims = ({ aud, tid, oid, appid, roles }: TokenClaims): boolean =>
  aud === null && tid === null && oid === null && appid === null && roles.length === 0

const plain = (audience: string): string => audience.toLowerCase().replace(/\/+$/, '')
const iso = (date: Date | null): string =>
  date === null || Number.isNaN(date.getTime()) ? '-' : date.toISOString().slice(0, 19).concat('Z')
