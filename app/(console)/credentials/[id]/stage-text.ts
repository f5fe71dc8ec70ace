import { propagatesUntil } from '@/lib/credentials/propagation'
import { isHeld, isLedByWorker } from '@/lib/credentials/rotation/rotation'
import type { ViewContext } from '@/lib/i18n/translations'
import { isUploadedByHand, type Stage } from '../_view/next-step'
import type { Shared } from './answer'

interface Flow extends ViewContext<'credentials'>, Pick<Shared, 'view' | 'slots'> {
  stage: Stage
}

/** What the first step adds and the last one removes. The kinds differ if a secret is replaced by a certificate. */
export function kindsOf({ view, slots: { next, previous }, stage }: Pick<Flow, 'view' | 'slots' | 'stage'>) {
  // Until the switch, the credential in use is the one that is removed at the end.
  const isSwitched = stage === 'remove' || stage === 'fallback'
  return { added: next?.kind ?? view.kind, removed: (isSwitched && previous[0]?.kind) || view.kind }
}

export function stageText({ stage, view, slots: { next, rotation }, now, t }: Flow): string {
  const current = t(`short.${view.kind}`)
  const secret = next ? t(`short.${next.kind}`) : current
  const at = rotation?.nextAttemptAt
  switch (stage) {
    case 'asking':
      if (rotation && isHeld(rotation)) return t('flow.addText', { secret: current })
      return t('flow.asking', { secret: current, next: t.timeUntil(at ?? now, now) })
    case 'settling':
      return next && at
        ? t(isUploadedByHand(next, rotation) ? 'flow.notUploaded' : 'flow.propagating', {
            secret,
            next: t.timeUntil(at, now),
            until: t.time(propagatesUntil(next)),
          })
        : t('flow.stage.unknown')
    case 'remove':
      return rotation && isLedByWorker(rotation) && !isHeld(rotation)
        ? t('flow.removeByWorker')
        : t('flow.removeNow', { secret })
    case 'add':
      return t(isDead(view) ? 'flow.addNow' : 'flow.addText', { secret })
    default:
      return t(`flow.stage.${stage}`, { secret })
  }
}

/** No mail can be sent with it, and no previous credential is used in its place. */
const isDead = ({ state, carriedBy }: Flow['view']): boolean =>
  carriedBy === null && (state === 'refused' || state === 'expired')
