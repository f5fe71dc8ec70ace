import { createHash } from 'node:crypto'
import { isObject, isUuid } from '../kernel'
import { scrub } from '../net'
import type { AppManagementPolicy, CredentialRule, DirectoryApplication, DirectoryCredential } from './contracts'

/** Graph returns at most 20 owners. */
const OWNERS_MAX = 20

export function readApplication(value: unknown): DirectoryApplication | null {
  if (!isObject(value)) return null
  const objectId = guid(value.id)
  const appId = guid(value.appId)
  if (objectId === null || appId === null) return null
  const owners = listOf(value.owners).flatMap((owner) => ownerName(owner) ?? [])
  return {
    objectId,
    appId,
    displayName: text(value.displayName) ?? '',
    owners: owners.slice(0, OWNERS_MAX),
    credentials: [
      ...listOf(value.passwordCredentials).flatMap((one) => readCredential(one, 'secret') ?? []),
      ...listOf(value.keyCredentials).flatMap((one) => readCredential(one, 'certificate') ?? []),
    ],
  }
}

/** Returns null if it has no id, because it could not be removed then. */
export function readCredential(value: unknown, kind: DirectoryCredential['kind']): DirectoryCredential | null {
  if (!isObject(value)) return null
  const keyId = guid(value.keyId)
  if (keyId === null) return null
  return {
    kind,
    keyId,
    thumbprint: kind === 'certificate' ? thumbprintOf(value) : null,
    hint: kind === 'secret' ? text(value.hint) : null,
    displayName: text(value.displayName) ?? '',
    startsAt: instant(value.startDateTime),
    endsAt: instant(value.endDateTime),
  }
}

/** Computed from the certificate if Graph returns it, which it does for a single application only; else the identifier that Graph stores. */
function thumbprintOf({ key, customKeyIdentifier: identifier }: Record<string, unknown>): string | null {
  if (typeof key === 'string' && key !== '') {
    return createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').toUpperCase()
  }
  if (typeof identifier !== 'string') return null
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(identifier)) return identifier.toUpperCase()
  const bytes = Buffer.from(identifier, 'base64')
  return bytes.length === 20 || bytes.length === 32 ? bytes.toString('hex').toUpperCase() : null
}

function ownerName(value: unknown): string | null {
  if (!isObject(value)) return null
  return text(value.displayName) ?? text(value.userPrincipalName) ?? text(value.id)
}

function guid(value: unknown): string | null {
  const id = typeof value === 'string' ? value.toLowerCase() : null
  return isUuid(id) ? id : null
}

/** Scrubbed, because a user of the tenant wrote it and a page will show it. */
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? scrub(value) : null)

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** A date from year 1 to 9999. Others are no expiry date, and the database misreads or rejects them. */
function instant(value: unknown): Date | null {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date : null
}

const HOURS_OF_DAY = 24

/** Returns null if this is not a policy. Restrictions for only older or newer applications count too, since the policy does not say whom they exempt. */
export function readPolicy(body: unknown): AppManagementPolicy | null {
  if (!isObject(body) || typeof body.isEnabled !== 'boolean') return null
  const restrictions = isObject(body.applicationRestrictions) ? body.applicationRestrictions : {}
  return {
    enabled: body.isEnabled,
    password: ruleOf(restrictions.passwordCredentials, 'passwordAddition', 'passwordLifetime'),
    certificate: ruleOf(restrictions.keyCredentials, null, 'asymmetricKeyLifetime'),
  }
}

function ruleOf(list: unknown, addition: string | null, lifetime: string): CredentialRule {
  const enabled = listOf(list)
    .filter(isObject)
    .filter(({ state }) => state !== 'disabled')
  const days = enabled
    .filter(({ restrictionType }) => restrictionType === lifetime)
    .flatMap(({ maxLifetime }) => wholeDays(maxLifetime) ?? [])
  return {
    forbidden: enabled.some(({ restrictionType }) => restrictionType === addition),
    daysMax: days.length === 0 ? null : Math.min(...days),
  }
}

/** An ISO 8601 duration of days and hours, as Graph writes them: `P90D`, `P4DT12H30M5S`. */
function wholeDays(duration: unknown): number | null {
  const [, days, hours] =
    (typeof duration === 'string' && /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?.*)?$/.exec(duration)) || []
  if (days === undefined && hours === undefined) return null
  return Number(days ?? 0) + Math.floor(Number(hours ?? 0) / HOURS_OF_DAY)
}
