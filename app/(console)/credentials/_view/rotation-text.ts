import type { RotationFaultNote } from '@/lib/credentials/rotation/rotation'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { Translator } from '@/lib/i18n/translations'

/** Codes that have another text for a certificate. */
const OF_CERTIFICATES: readonly string[] = ['policy', 'former-unclear']

/** A code of the rotation itself, or a diagnosis, which the help pages explain. */
export function reasonText(
  { code }: RotationFaultNote,
  { way }: Pick<Rotation, 'way'>,
  t: Translator<'credentials'>,
): string {
  const branch = way === 'certificate-proof' && OF_CERTIFICATES.includes(code) ? 'graph.proof.reason' : 'graph.reason'
  return t.lookUp(`${branch}.${code}`) ?? t('graph.reason.other', { code })
}

export const stepText = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>, t: Translator<'credentials'>): string =>
  t(step === 'done' && fault ? 'graph.step.done-but' : `graph.step.${step}`)
