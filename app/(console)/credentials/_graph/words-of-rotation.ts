import type { Rotation, RotationFaultNote } from '@/lib/credentials/ports'
import type { Words } from '@/lib/kernel/words'

/** Words of the rotation itself; whatever else it met is a diagnosis, which the help pages explain. */
const REASONS = [
  'not-permitted',
  'policy',
  'net',
  'throttled',
  'unavailable',
  'refused',
  'not-found',
  'key-wrong',
  'former-elsewhere',
  'former-unclear',
  'still-needed',
  'no-next',
  'not-entra',
  'secret-invalid',
] as const

export function reasonText({ code }: RotationFaultNote, t: Words): string {
  const reason = REASONS.find((known) => known === code)
  return reason ? t(`graph.reason.${reason}`) : t('graph.reason.other', { code })
}

export const stepText = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>, t: Words): string =>
  t(step === 'done' && fault ? 'graph.step.done-but' : `graph.step.${step}`)

export const isSuccess = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>): boolean =>
  fault === null && (step === 'current' || step === 'removing' || step === 'done')
