import type { ViewContext } from '@/lib/i18n/translations'
import type { LearnedDevice } from '@/lib/submission/store/sessions'

type Silence = Pick<LearnedDevice, 'at' | 'refusal' | 'refusedAt' | 'refusedSender'>

/** Why no message of a device was accepted, as far as is known. */
export function silenceText({ at, refusal, refusedAt, refusedSender }: Silence, { now, t }: ViewContext<'clients'>) {
  const when = t.relativeTime(refusedAt ?? at, now)
  if (refusal === null) return t('learning.deviceSilent', { when })
  const refused = t('devices.refused', { when, reason: t.lookUp(`refused.${refusal}`) ?? refusal })
  const isSender = refusal === 'sender-not-allowed' && refusedSender !== null
  return isSender ? `${refused} ${t('learning.tried', { sender: refusedSender })}` : refused
}
