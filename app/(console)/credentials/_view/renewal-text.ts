import { isEndless } from '@/lib/credentials/expiry'
import { renewalTime } from '@/lib/credentials/rotation/due-renewals'
import type { CredentialView } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'

/** How the current credential is renewed, and from when; null for another one, and for a kind that has no expiry date. */
export function renewalText(
  view: CredentialView,
  daysBefore: number | null,
  { now, t }: ViewContext<'credentials'>,
): string | null {
  if (view.slot !== 'current' || isEndless(view)) return null
  if (daysBefore === null) return t('one.renewalOff')
  if (view.kind === 'client-secret' && view.expiresAt === null) return t('one.renewalUndated')
  const from = renewalTime(view, daysBefore, now)
  return from ? t('one.renewalOn', { day: t.date(from) }) : t('one.renewalOff')
}
