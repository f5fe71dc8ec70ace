import { createAuthentication } from './authenticate'
import { createClients } from './clients'
import { createSubmission, type SubmitDeps } from './submit'

/** Clients and their mail: who may submit, and the way of a message into the outbox. */
export const createSubmissionService = (deps: SubmitDeps) => ({
  clients: createClients(deps),
  authentication: createAuthentication(deps),
  ...createSubmission(deps),
})
export type SubmissionService = ReturnType<typeof createSubmissionService>
