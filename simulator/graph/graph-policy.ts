import type { AppManagementPolicy } from '../world/world'
import { type GraphAnswer, refusal } from './graph-answer'
import { CONTEXT } from './graph-json'

const DAY_MS = 24 * 60 * 60 * 1000
const POLICY_ID = '00000000-0000-0000-0000-000000000000'
const SINCE = '2019-10-19T10:37:00Z'

const restriction = (restrictionType: string, days: number | null, state = 'enabled') => ({
  restrictionType,
  state,
  maxLifetime: days === null ? null : `P${days}D`,
  restrictForAppsCreatedAfterDateTime: SINCE,
})

export function policyJson(policy: AppManagementPolicy): unknown {
  const { enabled, passwordAddition, passwordLifetimeDays, asymmetricKeyLifetimeDays } = policy
  const restrictions = {
    passwordCredentials: [
      ...(passwordAddition ? [restriction('passwordAddition', null), restriction('symmetricKeyAddition', null)] : []),
      ...(passwordLifetimeDays === null ? [] : [restriction('passwordLifetime', passwordLifetimeDays)]),
    ],
    keyCredentials:
      asymmetricKeyLifetimeDays === null ? [] : [restriction('asymmetricKeyLifetime', asymmetricKeyLifetimeDays)],
  }
  return {
    '@odata.context': `${CONTEXT}policies/defaultAppManagementPolicy/$entity`,
    id: POLICY_ID,
    displayName: 'Default app management tenant policy',
    description: 'What this tenant allows where credentials are added.',
    isEnabled: enabled,
    applicationRestrictions: restrictions,
    servicePrincipalRestrictions: restrictions,
  }
}

/**
 * The codes are taken from published error messages. Which HTTP status goes with them is not documented: 403 and 400 are a
 * guess, and nothing should depend on them.
 */
const tooLong = (): GraphAnswer =>
  refusal(
    400,
    'CredentialInvalidLifetimeAsPerAppPolicy',
    `Credential lifetime exceeds the max value allowed as per assigned policy '${POLICY_ID}'.`,
  )

const exceeds = (from: Date, to: Date, days: number | null): boolean =>
  days !== null && to.getTime() - from.getTime() > days * DAY_MS

export function policyAgainstPassword(policy: AppManagementPolicy, from: Date, to: Date): GraphAnswer | null {
  if (!policy.enabled || policy.exempt) return null
  if (policy.passwordAddition) {
    return refusal(
      403,
      'CredentialTypeNotAllowedAsPerAppPolicy',
      `Credential type not allowed as per assigned policy '${POLICY_ID}'.`,
    )
  }
  return exceeds(from, to, policy.passwordLifetimeDays) ? tooLong() : null
}

export function policyAgainstKey(policy: AppManagementPolicy, from: Date, to: Date): GraphAnswer | null {
  return policy.enabled && !policy.exempt && exceeds(from, to, policy.asymmetricKeyLifetimeDays) ? tooLong() : null
}
