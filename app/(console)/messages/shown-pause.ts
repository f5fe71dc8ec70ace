import 'server-only'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/kernel/locale'
import type { DeliveryNow } from '@/lib/outbox/ports'
import { wiring } from '@/lib/wiring'
import type { ShownPause } from './pause-part'

/** Why nothing is delivered just now, in the reader's language; null: mail leaves. */
export async function shownPause(delivery: DeliveryNow | null, locale: Locale): Promise<ShownPause | null> {
  if (!delivery?.pause) return null
  const { by, at, code } = delivery.pause
  const isKnown = code !== null && isDiagnosisCode(code)
  return { by, at, remedy: isKnown ? await wiring().mailServer.remedy(code, locale) : null }
}
