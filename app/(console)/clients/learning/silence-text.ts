import { translatorFor, type ViewContext } from '@/lib/i18n/translations'
import type { LearnedDevice } from '@/lib/submission/store/sessions'

type Silence = Pick<LearnedDevice, 'at' | 'refusal' | 'refusedAt' | 'refusedSender'>

/** Why no message of a device was accepted, as far as is known, and what to do. */
export function silenceText({ at, refusal, refusedAt, refusedSender }: Silence, { now, t }: ViewContext<'clients'>) {
  const when = t.relativeTime(refusedAt ?? at, now)
  if (refusal === null) return t('learning.deviceSilent', { when })
  const refused = t('devices.refused', { when, reason: t.lookUp(`refused.${refusal}`) ?? refusal })
  const isSender = refusal === 'sender-not-allowed' && refusedSender !== null
  const submission = translatorFor(t.locale, 'submission')
  const todo = isSender ? t('learning.tried', { sender: refusedSender }) : submission.lookUp(`refusal.${refusal}.todo`)
  return todo ? `${refused} ${todo}` : refused
}
