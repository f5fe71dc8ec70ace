import { DAY_MS, HOUR_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import { callGraph, type Turn } from './graph-call'

/** Many tenants' policies allow it, and it is long enough to rotate twice a year. */
const LIFE_DAYS = 180
/** The policy counts by Microsoft's clock, which may be behind ours. */
const CLOCK_DIFFERENCE_MS = HOUR_MS

/**
 * The tenant's policy on new credentials, if it may be read, which is rare. Its longest lifetime is respected. What it forbids is
 * requested anyway, because the policy does not say which applications are exempt (older ones, or those with a policy of their
 * own); Graph decides.
 */
export async function lifetimeRule(
  deps: CredentialsDeps,
  turn: Turn,
  kind: 'password' | 'certificate',
): Promise<{ forbidden: boolean; lifeMs: number }> {
  const read = await callGraph(deps, turn, (request) => deps.directory.policy(request, turn.signal))
  const rule = read.ok && read.value.enabled ? read.value[kind] : null
  const allowedMs = rule?.daysMax == null ? null : rule.daysMax * DAY_MS - CLOCK_DIFFERENCE_MS
  return {
    forbidden: rule?.forbidden ?? false,
    lifeMs: Math.min(LIFE_DAYS * DAY_MS, allowedMs ?? Number.POSITIVE_INFINITY),
  }
}
