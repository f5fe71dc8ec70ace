import type { RotationFaultNote } from '@/lib/credentials/rotation/rotation'
import type { Rotation } from '@/lib/credentials/store/rotations'
import { type TextContext, type Translator, translatorFor } from '@/lib/i18n/translations'

/** Codes that have another text for a certificate. */
const OF_CERTIFICATES: readonly string[] = ['policy', 'former-unclear']

/** A code of the rotation itself, or a diagnosis, which the help pages explain. */
export function reasonText(
  { code, evidence, inUse }: RotationFaultNote,
  { way }: Pick<Rotation, 'way'>,
  { locale, t }: TextContext<'credentials'>,
): string {
  const title = translatorFor(locale, 'diagnosis').lookUp(`codes.${code}.title`)
  if (inUse && title) return t('graph.reason.in-use', { code, title })
  const branch = way === 'certificate-proof' && OF_CERTIFICATES.includes(code) ? 'graph.proof.reason' : 'graph.reason'
  return t.lookUp(`${branch}.${code}`, { servers: evidence }) ?? t('graph.reason.other', { code })
}

export const stepText = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>, t: Translator<'credentials'>): string =>
  t(step === 'done' && fault ? 'graph.step.done-but' : `graph.step.${step}`)
