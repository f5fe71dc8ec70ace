import { bind } from '../kernel'
import { createAuthentication } from './authenticate'
import { createBasicAuth } from './basic-auth'
import { type ClientsDeps, createClients } from './clients'
import { createLearning } from './learning'
import { simulate } from './simulate'
import { reportsAbout } from './store/failure-reports'
import { listSessions, readSession, refusedDevices } from './store/sessions'
import { createSubmission, type SubmitDeps } from './submit'

/** Clients and their mail: who may submit, and the way of a message into the outbox. */
export const createSubmissionService = (deps: SubmitDeps & ClientsDeps) => ({
  clients: createClients(deps),
  basicAuth: createBasicAuth(deps),
  /** The SMTP sessions of the last 7 days, for pages. */
  sessions: { ...bind(deps.db, { list: listSessions, read: readSession }), ...bind(deps, { refusedDevices }) },
  learning: createLearning(deps),
  ...bind(deps, { simulate }),
  ...bind(deps.db, { reportsAbout }),
  authentication: createAuthentication(deps),
  ...createSubmission(deps),
})
export type SubmissionService = ReturnType<typeof createSubmissionService>
