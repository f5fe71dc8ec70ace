import type { LocalisedCaller } from '../i18n/locale'
import type { Cloud } from '../kernel/clouds'
import type { Result } from '../kernel/result'
import { cancelRetry, type PlanRefusal, type SettlingDeps, startRetry, workRetry } from './auto-retry'
import { type Settling, type StepState, settlingOf, stateOf } from './evidence'
import type { EvidenceRun, RetryPlan, SavedServer } from './ports'
import { type Step, stepsFor } from './steps'
import { type AskedFor, type Guide, readGuide } from './values'

/** Enough to find what was said last about each step. */
const RUNS_READ = 60

export interface SetUpView {
  guide: Guide
  saved: SavedServer | null
  steps: (Step & { state: StepState })[]
  settling: Settling | null
  /** The one that runs, or the one that ended last for the settings saved now. */
  plan: RetryPlan | null
}

/** The set-up guide of each mail server: its values, its steps, what its tests say about them, and automatic retries. */
export interface SetupGuide {
  view(mailServerId: string, asked: AskedFor): Promise<SetUpView>
  startRetry(
    caller: LocalisedCaller,
    mailServerId: string,
    recipient: string,
  ): Promise<Result<{ id: string }, PlanRefusal>>
  cancelRetry(caller: LocalisedCaller, mailServerId: string): Promise<Result<void, PlanRefusal>>
  /** One tick of the clock, for all mail servers. */
  workRetry(): Promise<void>
}

export function createSetupGuide(deps: SettlingDeps & { clouds: readonly Cloud[] }): SetupGuide {
  const { store, clock, clouds } = deps
  return {
    async view(mailServerId, asked) {
      const [saved, runs, plan] = await Promise.all([
        store.saved(mailServerId),
        store.runs(mailServerId, RUNS_READ),
        store.latestPlan(mailServerId),
      ])
      const guide = readGuide(asked, { clouds, saved, runs })
      const now = clock.now()
      const told = plan !== null && isStillTrue(plan, saved, runs)
      return {
        guide,
        saved,
        steps: stepsFor(guide.choices).map((step) => ({ ...step, state: stateOf(step, guide, runs, saved, now) })),
        settling: settlingOf(guide, runs, now),
        plan: told ? plan : null,
      }
    },
    startRetry: (caller, mailServerId, recipient) => startRetry(deps, caller, mailServerId, recipient),
    cancelRetry: (caller, mailServerId) => cancelRetry(deps, caller, mailServerId),
    workRetry: () => workRetry(deps),
  }
}

/** What an ended plan says holds until the settings change or a newer test says otherwise. */
function isStillTrue(plan: RetryPlan, saved: SavedServer | null, runs: readonly EvidenceRun[]): boolean {
  const { endedAt, lastTestId, outcome, serverVersion } = plan
  if (endedAt === null) return true
  if (runs.some(({ id, startedAt }) => id !== lastTestId && startedAt.getTime() > endedAt.getTime())) return false
  return serverVersion === saved?.version || outcome === 'replaced'
}
