export const ROTATION_WAYS = ['typed', 'graph', 'certificate-upload', 'certificate-proof', 'no-secret'] as const
export type RotationWay = (typeof ROTATION_WAYS)[number]

/**
 * The steps of a rotation, each with those that may follow it. `moveRotations` takes it to no other. One that the worker leads begins
 * at `asking`; one whose credential a person entered begins at `added`.
 */
const STEPS = {
  asking: ['sealed', 'adding', 'failed', 'given-up'],
  /** The new key pair is stored here; Microsoft has not been asked yet. */
  sealed: ['adding', 'current', 'given-up'],
  /** Microsoft is being asked; whether the request arrived has to be looked up. */
  adding: ['asking', 'sealed', 'added', 'current', 'given-up'],
  /** The new credential is stored here and known at Microsoft. A person may make it current if a probe was accepted. */
  added: ['tested', 'current', 'done', 'given-up'],
  tested: ['added', 'current', 'done', 'given-up'],
  /** Mail uses the new credential; the previous one is the fallback. */
  current: ['removing', 'done', 'given-up'],
  /** Microsoft is being asked to remove the previous credential. */
  removing: ['done', 'given-up'],
  /** The new credential became current. With a fault, the previous one may be left at Microsoft, for a person to remove. */
  done: [],
  /** It ended before anything had changed, here or at Microsoft. */
  failed: [],
  /** It was abandoned. `left` in its fault says that the new credential may be at Microsoft, unused. */
  'given-up': [],
} as const
export type RotationStep = keyof typeof STEPS
export type RotationEnd = Extract<RotationStep, 'done' | 'failed' | 'given-up'>

export const isEnd = (step: RotationStep): boolean => STEPS[step].length === 0
/** The step itself is one of them: a change may leave a rotation where it is. */
export const stepsBefore = (step: RotationStep): RotationStep[] =>
  (Object.keys(STEPS) as RotationStep[]).filter(
    (before) => before === step || (STEPS[before] as readonly RotationStep[]).includes(step),
  )

/** Whether the worker takes it from step to step. For any other rotation the worker only repeats the test. */
export const isLedByWorker = ({ way }: { way: RotationWay }): boolean => way === 'graph' || way === 'certificate-proof'

/** Whether it was in progress at the time of a backup that was restored since, so that a person decides whether it continues. */
export const isHeld = ({ way, nextAttemptAt }: { way: RotationWay; nextAttemptAt: Date | null }): boolean =>
  isLedByWorker({ way }) && nextAttemptAt === null

export interface RotationFaultNote {
  /** A diagnosis code, or a code of the rotation itself. */
  code: string
  evidence: string
  /** The new credential may be left at Microsoft, unused, under the label of the rotation. */
  left?: true
  /** The credential in use gives no token for Graph: the code is about it, not about the new one. */
  inUse?: true
}
