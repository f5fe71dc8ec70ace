import type { Rotation, RotationFaultNote } from '@/lib/credentials/rotation/rotation'
import type { Translator } from '@/lib/i18n/translations'

/** Codes of the rotation itself. Any other code is a diagnosis, which the help pages explain. */
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
  'certificate-rejected',
  'object-id-needed',
  'proof-refused',
  'former-unknown',
  'key-left',
] as const
/** Codes that have another text for a certificate. */
const OF_CERTIFICATES = ['policy', 'former-unclear'] as const

export function reasonText(
  { code }: RotationFaultNote,
  { way }: Pick<Rotation, 'way'>,
  t: Translator<'credentials'>,
): string {
  const certificateReason = way === 'certificate-proof' && OF_CERTIFICATES.find((known) => known === code)
  if (certificateReason) return t(`graph.proof.reason.${certificateReason}`)
  const reason = REASONS.find((known) => known === code)
  return reason ? t(`graph.reason.${reason}`) : t('graph.reason.other', { code })
}

export const stepText = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>, t: Translator<'credentials'>): string =>
  t(step === 'done' && fault ? 'graph.step.done-but' : `graph.step.${step}`)

export const isSuccess = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>): boolean =>
  fault === null && (step === 'current' || step === 'removing' || step === 'done')
