import { bind } from '../kernel/bind'
import type { SetupGuideDeps } from './deps'
import { cancelRetry, runDueRetries, startRetry } from './retry'
import { check } from './run-test'
import { view } from './view'

/** The set-up guide of each mail server, and the automatic retries of its test. */
export const createSetupGuide = (deps: SetupGuideDeps) =>
  bind(deps, { view, check, startRetry, cancelRetry, runDueRetries })

export type { SetupGuideView } from './view'
