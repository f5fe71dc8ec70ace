import { type AuditEntry, auditEntry } from '../audit/entry'
import { DEFAULT_LOCALE, type LocalisedCaller } from '../i18n/locale'
import { type Caller, SYSTEM_CALLER } from '../kernel/actor'
import { RETRY_OF } from '../kernel/diagnosis-code'
import { newId } from '../kernel/ids'
import { fail, ok, type Result } from '../kernel/result'
import { MINUTE_MS, SECOND_MS } from '../kernel/time'
import type { SetupGuideDeps } from './deps'
import { PROPAGATION_MS } from './evidence'
import { check } from './run-test'
import { loadSavedServer } from './store/evidence'
import {
  claimDuePlan,
  endPlan,
  latestPlan,
  mayStillTest,
  openPlan,
  type PlanOutcome,
  postponePlan,
  type RetryPlan,
  setLastTest,
} from './store/retry-plans'

/** Twelve tests an hour, less than half of what a person may run, so that the test button stays usable. */
export const TEST_EVERY_MS = 5 * MINUTE_MS

/** So that a postponed plan is not due again within the same run. */
const POSTPONE_MS_MIN = SECOND_MS

export type RetryError = 'nothing-saved' | 'already-running' | 'not-running'

/** Starts to test automatically until a test is accepted or two hours have passed. Each mail server has one open plan at most. */
export async function startRetry(
  { db, clock }: SetupGuideDeps,
  caller: Caller,
  mailServerId: string,
  recipient: string,
): Promise<Result<{ id: string }, RetryError>> {
  const saved = await loadSavedServer(db, mailServerId)
  if (!saved) return fail('nothing-saved')
  const now = clock.now()
  const plan = {
    id: newId(),
    mailServerId,
    serverVersion: saved.version,
    recipient,
    startedBy: caller.actor,
    startedAt: now,
    nextAt: now,
    until: new Date(now.getTime() + PROPAGATION_MS),
  }
  const opened = await openPlan(db, plan, planEntry('set-up.retry-start', caller, plan, { recipient }), now)
  return opened.ok ? ok({ id: plan.id }) : opened
}

export async function cancelRetry(
  { db, clock }: SetupGuideDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<void, RetryError>> {
  const plan = await latestPlan(db, mailServerId)
  if (!plan || plan.endedAt) return fail('not-running')
  const now = clock.now()
  const audit = planEntry('set-up.retry-end', caller, plan, { outcome: 'cancelled' })
  const ended = await endPlan(db, plan.id, { outcome: 'cancelled', at: now, now }, audit)
  return ended ? ok(undefined) : fail('not-running')
}

/**
 * Tests for every plan that is due. A plan is claimed before its test begins, so a worker that crashes costs one test and no two
 * workers run the same one. The test runs in the name of the actor who started the plan, with the plan's id as its request id.
 */
export async function runDueRetries(deps: SetupGuideDeps): Promise<void> {
  const now = deps.clock.now()
  const claim = () => claimDuePlan(deps.db, now, new Date(now.getTime() + TEST_EVERY_MS))
  for (let plan = await claim(); plan !== null; plan = await claim()) await runPlan(deps, plan, now)
}

async function runPlan(deps: SetupGuideDeps, plan: RetryPlan, now: Date): Promise<void> {
  const { db, clock } = deps
  const origin = { address: null, requestId: plan.id }
  const caller: LocalisedCaller = { actor: plan.startedBy, origin, locale: DEFAULT_LOCALE }
  const end = async (outcome: PlanOutcome, at: Date): Promise<void> => {
    const audit = planEntry('set-up.retry-end', { ...SYSTEM_CALLER, origin }, plan, { outcome })
    await endPlan(db, plan.id, { outcome, at, now: clock.now() }, audit)
  }

  const saved = await loadSavedServer(db, plan.mailServerId)
  if (saved?.version !== plan.serverVersion) return end('replaced', now)
  if (!(await mayStillTest(db, plan.startedBy))) return end('cancelled', now)
  if (plan.until.getTime() <= now.getTime()) return end('over', now)

  const test = await check(deps, caller, plan.mailServerId, plan.recipient)
  if (test.kind === 'nothing-saved') return end('replaced', clock.now())
  if (test.kind === 'too-many')
    return postponePlan(db, plan.id, new Date(now.getTime() + Math.max(POSTPONE_MS_MIN, test.retryAfterMs)))
  await setLastTest(db, plan.id, test.testId)
  if (test.outcome === 'accepted') return end('accepted', clock.now())
  const mayPassLater = test.code !== null && ['settling', 'yes'].includes(RETRY_OF[test.code])
  if (!mayPassLater) return end('failed', clock.now())
  if (now.getTime() + TEST_EVERY_MS >= plan.until.getTime()) return end('over', clock.now())
}

const planEntry = (
  action: 'set-up.retry-start' | 'set-up.retry-end',
  caller: Caller,
  { id, mailServerId }: Pick<RetryPlan, 'id' | 'mailServerId'>,
  details: AuditEntry['details'],
): AuditEntry => auditEntry(action, caller, `mail-server:${mailServerId}`, { plan: id, ...details })
