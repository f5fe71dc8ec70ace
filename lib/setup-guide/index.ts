import { bind } from '../kernel'
import { isSaved, propagationOf, stateOf, withDeliveredMessage } from './evidence'
import { cancelRetry, check, runDueRetries, type SetupGuideDeps, startRetry } from './retry'
import { stepsFor } from './steps'
import { listTestRuns, loadSavedServer, type SavedServer, type TestRun } from './store/evidence'
import { latestPlan, type RetryPlan } from './store/retry-plans'
import { type GuideQuery, readGuide } from './values'

/** The set-up guide of each mail server, and the automatic retries of its test. */
export const createSetupGuide = (deps: SetupGuideDeps) =>
  bind(deps, { view, check, startRetry, cancelRetry, runDueRetries })

/** Enough to find the newest test that says something about each step. */
const TEST_RUNS_READ = 60

export type SetupGuideView = Awaited<ReturnType<typeof view>>

/** The guide of one mail server: its values, its steps, and what tests say about each. */
async function view({ db, clock, clouds }: SetupGuideDeps, mailServerId: string, query: GuideQuery) {
  const [saved, runs, plan] = await Promise.all([
    loadSavedServer(db, mailServerId),
    listTestRuns(db, mailServerId, TEST_RUNS_READ),
    latestPlan(db, mailServerId),
  ])
  const guide = readGuide(query, { clouds, saved, runs })
  const now = clock.now()
  const evidence = withDeliveredMessage(runs, saved)
  return {
    guide,
    saved,
    /** Whether the guide is about the saved settings, which a test uses. */
    isAboutSaved: saved !== null && isSaved(guide, saved),
    steps: stepsFor(guide.choices).map((step) => ({ ...step, state: stateOf(step, guide, evidence, saved, now) })),
    /** Null unless a recent change may still be propagating at Microsoft. */
    propagation: propagationOf(guide, evidence, now),
    /** The open plan, or the one that ended last if its result still applies. */
    plan: plan && isStillTrue(plan, saved, runs) ? plan : null,
  }
}

/** The result of an ended plan applies until the settings change or a newer test runs. */
function isStillTrue(plan: RetryPlan, saved: SavedServer | null, runs: readonly TestRun[]): boolean {
  const { endedAt, lastTestId, outcome, serverVersion } = plan
  if (endedAt === null) return true
  if (runs.some(({ id, startedAt }) => id !== lastTestId && startedAt.getTime() > endedAt.getTime())) return false
  return serverVersion === saved?.version || outcome === 'replaced'
}
