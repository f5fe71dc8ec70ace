import { bind } from '../kernel'
import { createAuthentication } from './authenticate'
import { createBasicAuth } from './basic-auth'
import { createClients } from './clients'
import { createLearning } from './learning'
import { createSessions } from './sessions'
import { simulate } from './simulate'
import { reportsAbout } from './store/failure-reports'
import { createSubmission, type SubmitDeps } from './submit'

/** Clients and their mail: who may submit, and the way of a message into the outbox. */
export const createSubmissionService = (deps: SubmitDeps) => ({
  clients: createClients(deps),
  basicAuth: createBasicAuth(deps),
  sessions: createSessions(deps),
  learning: createLearning(deps),
  ...bind(deps, { simulate }),
  ...bind(deps.db, { reportsAbout }),
  authentication: createAuthentication(deps),
  ...createSubmission(deps),
})
export type SubmissionService = ReturnType<typeof createSubmissionService>
