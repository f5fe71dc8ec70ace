import { type RequestRefusal, STATUS_OF } from './request-refusal'

/**
 * Why an action did nothing. `signed-out`: no session, or it has ended. `forbidden`: the role is too small. `enrol`: a second factor must
 * be set up first. `confirm`: the session is not fresh enough. `other-account`: the form was shown to another account.
 * The others refuse forged and malformed requests.
 */
export type ActionRefusal = RequestRefusal | (typeof OF_SESSION)[number]

const OF_SESSION = ['signed-out', 'forbidden', 'enrol', 'confirm', 'other-account'] as const
export const isActionRefusal = (text: unknown): text is ActionRefusal =>
  [...Object.keys(STATUS_OF), ...OF_SESSION].some((reason) => reason === text)
