import { isEndless } from '@/lib/credentials/expiry'
import { AUTOMATIC_ATTEMPTS_MAX, attemptTime, renewalTime } from '@/lib/credentials/rotation/due-renewals'
import { isHeld, isLedByWorker } from '@/lib/credentials/rotation/rotation'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'
import { stageOf } from './stage'

/**
 * How the current credential is renewed, and from when; null for another one, and for a kind that has no expiry date.
 *
 * @param rotations of its mail server, newest first
 */
export function renewalText(
  view: CredentialView,
  slots: Pick<SlotsView, 'current' | 'next' | 'previous' | 'rotation'>,
  rotations: readonly Rotation[],
  daysBefore: number | null,
  { now, t }: ViewContext<'credentials'>,
): string | null {
  if (view.slot !== 'current' || isEndless(view)) return null
  const { next, rotation } = slots
  if (next || stageOf(slots) === 'asking') {
    if (rotation && isLedByWorker(rotation) && !isHeld(rotation)) return t('one.renewalBegun')
    return t(next ? 'one.renewalPrepared' : 'one.renewalOff')
  }
  if (daysBefore === null) return t('one.renewalOff')
  if (view.kind === 'client-secret' && view.expiresAt === null) return t('one.renewalUndated')
  const from = renewalTime(view, daysBefore, now)
  if (!from) return t('one.renewalOff')
  const attemptAt = attemptTime(view, rotations)
  if (!attemptAt) return t('one.renewalFailed', { count: AUTOMATIC_ATTEMPTS_MAX })
  const hasFailed = attemptAt > (view.currentSince ?? view.createdAt)
  const day = t.date(new Date(Math.max(from.getTime(), attemptAt.getTime())))
  return t(hasFailed ? 'one.renewalAgain' : 'one.renewalOn', { day })
}
