import type { Db } from '../db'
import { bind } from '../kernel'
import { isSaved, propagationOf, stateOf, withDeliveredMessage } from './evidence'
import { cancelRetry, check, runDueRetries, type SetupGuideDeps, startRetry } from './retry'
import { stepsFor } from './steps'
import { listSharers, listTestRuns, loadSavedServer, type SavedServer, type TestRun } from './store/evidence'
import { latestPlan, type RetryPlan } from './store/retry-plans'
import { type Guide, type GuideQuery, readGuide } from './values'

/** The set-up guide of each mail server, and the automatic retries of its test. */
export const createSetupGuide = (deps: SetupGuideDeps) =>
  bind(deps, { view, check, startRetry, cancelRetry, runDueRetries })

export type SetupGuideView = Awaited<ReturnType<typeof view>>

/** The guide of one mail server: its values, its steps, and what tests say about each. */
async function view({ db, clock, clouds }: SetupGuideDeps, mailServerId: string, query: GuideQuery) {
  const [saved, runs, plan] = await Promise.all([
    loadSavedServer(db, mailServerId),
    listTestRuns(db, mailServerId),
    latestPlan(db, mailServerId),
  ])
  const now = clock.now()
  const evidence = withDeliveredMessage(runs, saved)
  const read = (ofSharers: readonly TestRun[]) => {
    const guide = readGuide(query, { clouds, saved, runs: [...runs, ...ofSharers] })
    const all = [...evidence, ...ofSharers]
    const steps = stepsFor(guide.choices).map((step) => ({ ...step, state: stateOf(step, guide, all, saved, now) }))
    return { guide, steps }
  }
  const own = read([])
  const isDone = own.steps.every(({ state }) => state.kind === 'verified')
  const { guide, steps } = isDone ? own : read(await runsOfSharers(db, mailServerId, own.guide))
  return {
    guide,
    saved,
    /** Whether the guide is about the saved settings, which a test uses. */
    isAboutSaved: saved !== null && isSaved(guide, saved),
    steps,
    /** Null unless a recent change may still be propagating at Microsoft. */
    propagation: propagationOf(guide, evidence, now),
    /** The open plan, or the one that ended last if its result still applies. */
    plan: plan && isStillTrue(plan, saved, runs) ? plan : null,
  }
}

/** What other mail servers showed about the application of the guide, newest first. Their credentials are their own. */
async function runsOfSharers(db: Db, mailServerId: string, { values }: Guide): Promise<TestRun[]> {
  const { cloud, tenantId, clientId } = values
  if (!cloud || !tenantId || !clientId) return []
  const sharers = await listSharers(db, mailServerId, { cloud: cloud.id, tenantId, clientId })
  const evidence: TestRun[] = []
  // One after the other, as in the menu of the guides.
  for (const { id, name } of sharers) {
    const runs = withDeliveredMessage(await listTestRuns(db, id), await loadSavedServer(db, id))
    evidence.push(...runs.map((run) => ({ ...run, current: false, server: name })))
  }
  return evidence.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
}

/** The result of an ended plan applies until the settings change or a newer test runs. */
function isStillTrue(plan: RetryPlan, saved: SavedServer | null, runs: readonly TestRun[]): boolean {
  const { endedAt, lastTestId, outcome, serverVersion } = plan
  if (endedAt === null) return true
  if (runs.some(({ id, startedAt }) => id !== lastTestId && startedAt.getTime() > endedAt.getTime())) return false
  return serverVersion === saved?.version || outcome === 'replaced'
}
