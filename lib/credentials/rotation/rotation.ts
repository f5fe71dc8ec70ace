export const ROTATION_WAYS = ['typed', 'graph', 'certificate-upload', 'certificate-proof', 'no-secret'] as const
export type RotationWay = (typeof ROTATION_WAYS)[number]

export type RotationStep =
  | 'asking'
  /** The new key pair is stored here; Microsoft has not been asked yet. */
  | 'sealed'
  /** Microsoft is being asked; whether the request arrived has to be looked up. */
  | 'adding'
  | 'added'
  | 'tested'
  | 'current'
  | 'removing'
  | 'done'
  | 'failed'
  | 'given-up'

/** Whether the worker leads it from step to step. Of any other rotation it only repeats the test. */
export const isLedByWorker = ({ way }: { way: RotationWay }): boolean => way === 'graph' || way === 'certificate-proof'

/** Whether it was in progress at the time of a backup that was restored since, so that a person decides whether it continues. */
export const isHeld = ({ way, nextAttemptAt }: { way: RotationWay; nextAttemptAt: Date | null }): boolean =>
  isLedByWorker({ way }) && nextAttemptAt === null

export interface RotationFaultNote {
  /** A diagnosis code, or a code of the rotation itself. */
  code: string
  evidence: string
  at: string
  /** The new credential may be left at Microsoft, unused, under the label of the rotation. */
  left?: true
  /** The credential in use gives no token for Graph: the code is about it, not about the new one. */
  inUse?: true
}
