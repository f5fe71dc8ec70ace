import { bind } from '../kernel/bind'
import { cancelRetry, check, runDueRetries, type SetupGuideDeps, startRetry } from './retry'
import { view } from './view'

/** The set-up guide of each mail server, and the automatic retries of its test. */
export const createSetupGuide = (deps: SetupGuideDeps) =>
  bind(deps, { view, check, startRetry, cancelRetry, runDueRetries })

export type { SetupGuideView } from './view'
