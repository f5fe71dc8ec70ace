import { REQUEST_REFUSALS, type RequestRefusal } from './request-refusal'

/**
 * Why an action did nothing. `signed-out`: no session, or it has ended. `forbidden`: the role is too small. `enrol`: a second factor must
 * be set up first. `confirm`: the session is not fresh enough. The others refuse forged and malformed requests.
 */
export type ActionRefusal = RequestRefusal | 'signed-out' | 'forbidden' | 'enrol' | 'confirm'

const REFUSALS: readonly ActionRefusal[] = [
  ...REQUEST_REFUSALS,
  ...(['signed-out', 'forbidden', 'enrol', 'confirm'] as const),
]
export const isActionRefusal = (text: unknown): text is ActionRefusal => REFUSALS.some((reason) => reason === text)
