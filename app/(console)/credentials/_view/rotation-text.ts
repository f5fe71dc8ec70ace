import type { RotationFaultNote } from '@/lib/credentials/rotation/rotation'
import type { Rotation } from '@/lib/credentials/store/rotations'
import { faultTitle, isDiagnosisCode } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'

/** Codes that have another text for a certificate. */
const OF_CERTIFICATES: readonly string[] = ['policy', 'former-unclear']

/** A code of the rotation itself, or a diagnosis, which the help pages explain. */
export function reasonText(
  { code, evidence, inUse, left }: RotationFaultNote,
  { way, label }: Pick<Rotation, 'way' | 'label'>,
  t: Translator<'credentials'>,
): string {
  const title = faultTitle(code, t.locale)
  const branch = way === 'certificate-proof' && OF_CERTIFICATES.includes(code) ? 'graph.proof.reason' : 'graph.reason'
  const reason =
    inUse && isDiagnosisCode(code)
      ? t('graph.reason.in-use', { title })
      : (t.lookUp(`${branch}.${code}`, { servers: evidence, application: evidence, name: label }) ??
        t('graph.reason.other', { title }))
  return left ? `${reason} ${t('graph.reason.key-left', { name: label })}` : reason
}

export const stepText = ({ step, fault }: Pick<Rotation, 'step' | 'fault'>, t: Translator<'credentials'>): string =>
  t(step === 'done' && fault ? 'graph.step.done-but' : `graph.step.${step}`)
