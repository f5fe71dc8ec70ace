import 'server-only'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { DeliveryNow } from '@/lib/mail-server'
import { services } from '@/lib/services'
import type { ShownPause } from './pause-part'

/** Why a mail server delivers nothing just now, in the reader's language; null: mail leaves. */
export async function shownPause(
  { mailServerId, name, pause, failover }: DeliveryNow,
  locale: Locale,
): Promise<ShownPause | null> {
  if (!pause) return null
  const { by, at, code } = pause
  const isKnown = code !== null && isDiagnosisCode(code)
  const remedy = isKnown ? await services().mailServers.of(mailServerId).remedy(code, locale) : null
  return { mailServerId, name, by, at, remedy, failover }
}
