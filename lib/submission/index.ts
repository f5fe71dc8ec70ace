import { createAuthentication } from './authenticate'
import { createBasicAuth } from './basic-auth'
import { createClients } from './clients'
import { createSubmission, type SubmitDeps } from './submit'

/** Clients and their mail: who may submit, and the way of a message into the outbox. */
export const createSubmissionService = (deps: SubmitDeps) => ({
  clients: createClients(deps),
  basicAuth: createBasicAuth(deps),
  authentication: createAuthentication(deps),
  ...createSubmission(deps),
})
export type SubmissionService = ReturnType<typeof createSubmissionService>
