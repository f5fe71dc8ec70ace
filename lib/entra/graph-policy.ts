import { isObject } from '../kernel/is-object'
import type { AppManagementPolicy, CredentialRule } from './contracts'
import { listOf } from './graph-read'

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
