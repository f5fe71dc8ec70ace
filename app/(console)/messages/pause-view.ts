import 'server-only'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { DeliveryNow } from '@/lib/mail-server'
import { services } from '@/lib/services'
import type { PauseView } from './pause-part'

/** Why a mail server delivers nothing at the moment, in the reader's language; null if it is not paused. */
export async function pauseViewOf(
  { mailServerId, name, pause, failover }: DeliveryNow,
  locale: Locale,
): Promise<PauseView | null> {
  if (!pause) return null
  const { by, at, code } = pause
  const isKnown = code !== null && isDiagnosisCode(code)
  const remedy = isKnown ? await services().mailServers.of(mailServerId).remedy(code, locale) : null
  return { mailServerId, name, by, at, remedy, failover }
}
