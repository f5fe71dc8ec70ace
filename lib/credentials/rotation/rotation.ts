import type { Actor } from '../../kernel/actor'

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
export const isLedByWorker = ({ way }: Pick<Rotation, 'way'>): boolean => way === 'graph' || way === 'certificate-proof'

/** A change of credential. Each mail server has at most one that has not ended. */
export interface Rotation {
  id: string
  mailServerId: string
  way: RotationWay
  step: RotationStep
  /** Name of the new credential at Microsoft. It identifies what a crash left behind there. */
  label: string
  nextId: string | null
  previousId: string | null
  automatic: boolean
  startedBy: Actor
  startedAt: Date
  updatedAt: Date
  endedAt: Date | null
  /** When the worker continues it, or null if a person does. */
  nextTryAt: Date | null
  /** The latest fault, for people. */
  fault: RotationFaultNote | null
}

export interface RotationFaultNote {
  /** A diagnosis code, or a code of the rotation itself. */
  code: string
  evidence: string
  at: string
}

/** What may change of a rotation in one step. */
export type RotationChange = Partial<
  Pick<Rotation, 'step' | 'nextId' | 'previousId' | 'nextTryAt' | 'fault' | 'endedAt' | 'label'>
>
