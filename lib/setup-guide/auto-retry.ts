import type { AuditEntry } from '../audit/entry'
import type { LocalisedCaller } from '../i18n/locale'
import { DEFAULT_LOCALE } from '../i18n/locale'
import type { Clock } from '../kernel/clock'
import { RETRY_OF } from '../kernel/diagnosis-code'
import { newId } from '../kernel/ids'
import { fail, ok, type Result } from '../kernel/result'
import { SETTLING_MS } from './evidence'
import type { PlanOutcome, RetryPlan, RunTest, SetUpStore } from './ports'

/** Twelve tries an hour: less than half of what a person may test by hand, so the button stays usable (N-06). */
export const TRY_EVERY_MS = 5 * 60 * 1000

/** So that a postponed plan is not due again within the same tick. */
const TURN_MS_MIN = 1000

export interface SettlingDeps {
  store: SetUpStore
  clock: Clock
  runTest: RunTest
}

export type PlanRefusal = 'nothing-saved' | 'already-running' | 'not-running'

/** Begins to test automatically, until a test is accepted or two hours are over. One plan at a time for each mail server. */
export async function startRetry(
  { store, clock }: SettlingDeps,
  caller: LocalisedCaller,
  mailServerId: string,
  recipient: string,
): Promise<Result<{ id: string }, PlanRefusal>> {
  const saved = await store.saved(mailServerId)
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
    until: new Date(now.getTime() + SETTLING_MS),
  }
  const opened = await store.openPlan(plan, entry(caller, 'set-up.retry-start', plan, { recipient }))
  return opened.ok ? ok({ id: plan.id }) : opened
}

export async function cancelRetry(
  { store, clock }: SettlingDeps,
  caller: LocalisedCaller,
  mailServerId: string,
): Promise<Result<void, PlanRefusal>> {
  const plan = await store.latestPlan(mailServerId)
  if (!plan || plan.endedAt) return fail('not-running')
  const audit = entry(caller, 'set-up.retry-end', plan, { outcome: 'cancelled' })
  return (await store.endPlan(plan.id, 'cancelled', clock.now(), audit)) ? ok(undefined) : fail('not-running')
}

/**
 * One tick of the clock: every plan that is due has its turn. The turn is taken before the test begins, so that a worker that dies in it costs one try and no
 * two workers send the same one. It acts for whoever started it, as long as they may: each try counts against their
 * allowance and stands in the audit under their name, with the plan's id as its request.
 */
export async function workRetry(deps: SettlingDeps): Promise<void> {
  const now = deps.clock.now()
  const take = () => deps.store.takeTurn(now, new Date(now.getTime() + TRY_EVERY_MS))
  for (let plan = await take(); plan !== null; plan = await take()) await takeTurn(deps, plan, now)
}

async function takeTurn({ store, clock, runTest }: SettlingDeps, plan: RetryPlan, now: Date): Promise<void> {
  const caller = callerOf(plan)
  const end = async (outcome: PlanOutcome, at: Date): Promise<void> => {
    const audit = entry(SYSTEM(plan), 'set-up.retry-end', plan, { outcome })
    await store.endPlan(plan.id, outcome, at, audit)
  }

  const saved = await store.saved(plan.mailServerId)
  if (saved?.version !== plan.serverVersion) return end('replaced', now)
  if (!(await store.mayStillTest(plan.startedBy))) return end('cancelled', now)
  if (plan.until.getTime() <= now.getTime()) return end('over', now)

  const tried = await runTest(caller, plan.mailServerId, plan.recipient)
  if (tried.kind === 'nothing-saved') return end('replaced', clock.now())
  if (tried.kind === 'too-many')
    return store.postpone(plan.id, new Date(now.getTime() + Math.max(TURN_MS_MIN, tried.retryAfterMs)))
  await store.noteTest(plan.id, tried.testId)
  if (tried.outcome === 'accepted') return end('accepted', clock.now())
  const worthWaiting = tried.code !== null && ['settling', 'yes'].includes(RETRY_OF[tried.code])
  if (!worthWaiting) return end('failed', clock.now())
  if (now.getTime() + TRY_EVERY_MS >= plan.until.getTime()) return end('over', clock.now())
}

const callerOf = (plan: RetryPlan): LocalisedCaller => ({
  actor: plan.startedBy,
  origin: { address: null, requestId: plan.id },
  locale: DEFAULT_LOCALE,
})

const SYSTEM = (plan: RetryPlan): LocalisedCaller => ({ ...callerOf(plan), actor: { kind: 'system', name: 'worker' } })

const entry = (
  { actor, origin }: LocalisedCaller,
  action: 'set-up.retry-start' | 'set-up.retry-end',
  { id, mailServerId }: Pick<RetryPlan, 'id' | 'mailServerId'>,
  details: AuditEntry['details'],
): AuditEntry => ({
  action,
  actor,
  origin,
  result: 'done',
  subject: `mail-server:${mailServerId}`,
  details: { plan: id, ...details },
})
