import { type AuditEntry, appendAudit, auditEntry } from '../audit'
import { type DbDeps, inUniqueStep } from '../db'
import { DEFAULT_LOCALE, type LocalisedCaller } from '../i18n/locale'
import {
  type Caller,
  type Cloud,
  fail,
  MINUTE_MS,
  newId,
  ok,
  PROPAGATES_WITHIN_MS,
  type Result,
  SECOND_MS,
  SYSTEM_CALLER,
} from '../kernel'
import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import type { MailServers } from '../mail-server/servers'
import { loadSavedServer, type TestRun } from './store/evidence'
import { claimDuePlan, endPlan, latestPlan, mayStillTest, type PlanOutcome, type RetryPlan } from './store/retry-plans'

export interface SetupGuideDeps extends DbDeps {
  clouds: readonly Cloud[]
  mailServers: Pick<MailServers, 'of'>
}

/** Twelve tests an hour, less than half of what a person may run, so that the test button stays usable. */
export const TEST_EVERY_MS = 5 * MINUTE_MS

/** So that a postponed plan is not due again within the same run. */
const POSTPONE_MS_MIN = SECOND_MS

type RetryError = 'nothing-saved' | 'already-running' | 'not-running'

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
    startedBy: { ...caller.actor },
    startedAt: now,
    nextAt: now,
    until: new Date(now.getTime() + PROPAGATES_WITHIN_MS),
  }
  // The database allows one open plan for each mail server.
  return inUniqueStep(db, 'already-running', async (tx) => {
    await tx.propagationRetry.create({ data: plan })
    await appendAudit(tx, planEntry('set-up.retry-start', caller, plan, { recipient }), now)
    return { id: plan.id }
  })
}

export async function cancelRetry(
  deps: SetupGuideDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<void, RetryError>> {
  const plan = await latestPlan(deps.db, mailServerId)
  if (!plan || plan.endedAt) return fail('not-running')
  const audit = planEntry('set-up.retry-end', caller, plan, { outcome: 'cancelled' })
  const ended = await endPlan(deps, plan.id, 'cancelled', audit)
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
  const { db } = deps
  const origin = { address: null, requestId: plan.id }
  const caller: LocalisedCaller = { actor: plan.startedBy, origin, locale: DEFAULT_LOCALE }
  const end = async (outcome: PlanOutcome): Promise<void> => {
    const audit = planEntry('set-up.retry-end', { ...SYSTEM_CALLER, origin }, plan, { outcome })
    await endPlan(deps, plan.id, outcome, audit)
  }

  const saved = await loadSavedServer(db, plan.mailServerId)
  if (saved?.version !== plan.serverVersion) return end('replaced')
  if (!(await mayStillTest(db, plan.startedBy))) return end('cancelled')
  if (plan.until.getTime() <= now.getTime()) return end('over')

  const test = await check(deps, caller, plan.mailServerId, plan.recipient)
  if (test.kind === 'nothing-saved') return end('replaced')
  const { id } = plan
  if (test.kind === 'too-many') {
    const nextAt = new Date(now.getTime() + Math.max(POSTPONE_MS_MIN, test.retryAfterMs))
    await db.propagationRetry.updateMany({ where: { id, endedAt: null }, data: { nextAt } })
    return
  }
  await db.propagationRetry.updateMany({ where: { id }, data: { lastTestId: test.testId } })
  if (test.outcome === 'accepted') return end('accepted')
  const mayPassLater = test.code !== null && ['settling', 'yes'].includes(RETRY_OF[test.code])
  if (!mayPassLater) return end('failed')
  if (now.getTime() + TEST_EVERY_MS >= plan.until.getTime()) return end('over')
}

const planEntry = (
  action: 'set-up.retry-start' | 'set-up.retry-end',
  caller: Caller,
  { id, mailServerId }: Pick<RetryPlan, 'id' | 'mailServerId'>,
  details: AuditEntry['details'],
): AuditEntry => auditEntry(action, caller, `mail-server:${mailServerId}`, { plan: id, ...details })

type SavedTest =
  | { kind: 'ended'; testId: string; outcome: TestRun['outcome']; code: DiagnosisCode | null }
  | { kind: 'too-many'; retryAfterMs: number }
  | { kind: 'nothing-saved' }

/** Tests the saved settings of a mail server once. The test is limited and recorded like one of the Mail server page. */
export async function check(
  { mailServers }: Pick<SetupGuideDeps, 'mailServers'>,
  caller: LocalisedCaller,
  mailServerId: string,
  recipient: string,
): Promise<SavedTest> {
  const mailServer = mailServers.of(mailServerId)
  const change = await mailServer.savedChange()
  if (!change) return { kind: 'nothing-saved' }
  const started = await mailServer.test(caller, { change: ok(change), to: recipient, dryRun: false })
  if (!started.ok) {
    if (started.error.kind !== 'too-many') throw new Error('Every sender that is saved can be tested')
    return { kind: 'too-many', retryAfterMs: started.error.retryAfterMs }
  }
  for await (const event of started.value) {
    if (event.kind !== 'finished') continue
    const { testId, report } = event
    return { kind: 'ended', testId, outcome: report.outcome, code: report.diagnosis?.code ?? null }
  }
  throw new Error('A test ends with its report')
}
