import type { Claims } from '../entra/tokens'
import type { Application, Tenant, World } from '../world/world'
import { type GraphAnswer, refusal } from './graph-answer'

/** The owner of a token and what it allows. Roles are those in the token, not those granted later. */
export interface Caller {
  tenant: Tenant
  appId: string
  /** Object ID of its service principal. */
  principalId: string
  roles: string[]
}

/** One parsed HTTP request. */
export interface Call {
  method: string
  /** The path after `/v1.0`, decoded. */
  path: string
  url: URL
  body: Record<string, unknown>
  caller: Caller
  now: Date
  knownFrom: Date
  /** Address of the list of applications, for the link to its next page. */
  listUrl: string
}

const WRITES_ALL = 'Application.ReadWrite.All'
/** Reads every application, and changes those that it owns. */
const WRITES_OWNED = 'Application.ReadWrite.OwnedBy'
const READERS = ['Application.Read.All', WRITES_ALL, WRITES_OWNED]
const POLICY_READERS = [
  'Policy.Read.All',
  'Policy.Read.ApplicationConfiguration',
  'Policy.ReadWrite.ApplicationConfiguration',
]

export function callerOf(claims: Claims | null, world: World, audiences: readonly string[]): Caller | GraphAnswer {
  const unauthorized = (message: string) =>
    refusal(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': 'Bearer' })
  if (!claims) return unauthorized('The access token has expired, or is not one of ours.')
  if (!audiences.includes(String(claims.aud))) return unauthorized('The access token is for another audience.')
  const tenant = world.tenants.find(({ id }) => id === claims.tid)
  if (!tenant) return unauthorized('The access token is of an unknown tenant.')
  const roles = Array.isArray(claims.roles) ? claims.roles.map(String) : []
  return { tenant, appId: String(claims.appid), principalId: String(claims.oid), roles }
}

const hasOne = ({ roles }: Caller, wanted: readonly string[]): boolean => wanted.some((role) => roles.includes(role))

export const mayRead = (caller: Caller): boolean => hasOne(caller, READERS)
export const mayReadPolicy = (caller: Caller): boolean => hasOne(caller, POLICY_READERS)
export const mayWriteAll = (caller: Caller): boolean => hasOne(caller, [WRITES_ALL])
export const mayWrite = (caller: Caller, { owners }: Application): boolean =>
  mayWriteAll(caller) || (hasOne(caller, [WRITES_OWNED]) && owners.includes(caller.principalId))
