import { bind } from '../kernel/bind'
import type { SetupGuideDeps } from './deps'
import { cancelRetry, runDueRetries, startRetry } from './retry'
import { view } from './view'

/** The set-up guide of each mail server, and the automatic retries of its test. */
export const createSetupGuide = (deps: SetupGuideDeps) => ({
  ...bind(deps, { view, startRetry, cancelRetry, runDueRetries }),
  /** Tests the saved settings once, so that the steps show what the test saw. */
  check: deps.runTest,
})
export type SetupGuide = ReturnType<typeof createSetupGuide>

export type { SetupGuideView } from './view'
