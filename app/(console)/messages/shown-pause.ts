import 'server-only'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/kernel/locale'
import type { DeliveryNow } from '@/lib/outbox/ports'
import { wiring } from '@/lib/wiring'
import type { ShownPause } from './pause-part'

/** Why a mail server delivers nothing just now, in the reader's language; null: mail leaves. */
export async function shownPause(
  { mailServerId, name, pause, standIn }: DeliveryNow,
  locale: Locale,
): Promise<ShownPause | null> {
  if (!pause) return null
  const { by, at, code } = pause
  const isKnown = code !== null && isDiagnosisCode(code)
  const remedy = isKnown ? await wiring().mailServers.of(mailServerId).remedy(code, locale) : null
  return { mailServerId, name, by, at, remedy, standIn }
}
