import type { AuditEntry } from '../audit/entry'
import type { Clock } from '../kernel/clock'
import { RETRY_OF } from '../kernel/diagnosis-code'
import { newId } from '../kernel/ids'
import { DEFAULT_LOCALE } from '../kernel/locale'
import { fail, ok, type Result } from '../kernel/result'
import { SETTLING_MS } from './evidence'
import type { PlanOutcome, RetryPlan, RunTest, SetUpCaller, SetUpStore } from './ports'

/** Twelve tries an hour: less than half of what a person may test by hand, so the button stays usable (N-06). */
export const TRY_EVERY_MS = 5 * 60 * 1000
const SUBJECT = 'mail-server:default'

export interface SettlingDeps {
  store: SetUpStore
  clock: Clock
  runTest: RunTest
}

export type PlanRefusal = 'nothing-saved' | 'already-running' | 'not-running'

/** Begins to test by itself, until a test is accepted or two hours are over. One at a time. */
export async function startRetry(
  { store, clock }: SettlingDeps,
  caller: SetUpCaller,
  recipient: string,
): Promise<Result<{ id: string }, PlanRefusal>> {
  const saved = await store.saved()
  if (!saved) return fail('nothing-saved')
  const now = clock.now()
  const plan = {
    id: newId(),
    serverVersion: saved.version,
    recipient,
    startedBy: caller.actor,
    startedAt: now,
    nextAt: now,
    until: new Date(now.getTime() + SETTLING_MS),
  }
  const opened = await store.openPlan(plan, entry(caller, 'set-up.retry-start', plan.id, { recipient }))
  return opened.ok ? ok({ id: plan.id }) : opened
}

export async function cancelRetry(
  { store, clock }: SettlingDeps,
  caller: SetUpCaller,
): Promise<Result<void, PlanRefusal>> {
  const plan = await store.latestPlan()
  if (!plan || plan.endedAt) return fail('not-running')
  const audit = entry(caller, 'set-up.retry-end', plan.id, { outcome: 'cancelled' })
  return (await store.endPlan(plan.id, 'cancelled', clock.now(), audit)) ? ok(undefined) : fail('not-running')
}

/**
 * One tick of the clock. The turn is taken before the test begins, so that a worker that dies in it costs one try and no
 * two workers send the same one. It acts for whoever started it, as long as they may: each try counts against their
 * allowance and stands in the audit under their name, with the plan's id as its request.
 */
export async function workRetry({ store, clock, runTest }: SettlingDeps): Promise<void> {
  const now = clock.now()
  const plan = await store.takeTurn(now, new Date(now.getTime() + TRY_EVERY_MS))
  if (!plan) return
  const caller = callerOf(plan)
  const end = async (outcome: PlanOutcome, at: Date): Promise<void> => {
    const audit = entry(SYSTEM(plan), 'set-up.retry-end', plan.id, { outcome })
    await store.endPlan(plan.id, outcome, at, audit)
  }

  const saved = await store.saved()
  if (saved?.version !== plan.serverVersion) return end('replaced', now)
  if (!(await store.mayStillTest(plan.startedBy))) return end('cancelled', now)
  if (plan.until.getTime() <= now.getTime()) return end('over', now)

  const tried = await runTest(caller, plan.recipient)
  if (tried.kind === 'nothing-saved') return end('replaced', clock.now())
  if (tried.kind === 'too-many') return store.postpone(plan.id, new Date(now.getTime() + tried.retryAfterMs))
  await store.noteTest(plan.id, tried.testId)
  if (tried.outcome === 'accepted') return end('accepted', clock.now())
  const worthWaiting = tried.code !== null && ['settling', 'yes'].includes(RETRY_OF[tried.code])
  if (!worthWaiting) return end('failed', clock.now())
  if (now.getTime() + TRY_EVERY_MS >= plan.until.getTime()) return end('over', clock.now())
}

const callerOf = (plan: RetryPlan): SetUpCaller => ({
  actor: plan.startedBy,
  origin: { address: null, requestId: plan.id },
  locale: DEFAULT_LOCALE,
})

const SYSTEM = (plan: RetryPlan): SetUpCaller => ({ ...callerOf(plan), actor: { kind: 'system', name: 'worker' } })

const entry = (
  { actor, origin }: SetUpCaller,
  action: 'set-up.retry-start' | 'set-up.retry-end',
  plan: string,
  details: AuditEntry['details'],
): AuditEntry => ({ action, actor, origin, result: 'done', subject: SUBJECT, details: { plan, ...details } })
