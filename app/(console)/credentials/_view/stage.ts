import { STOPPED } from '@/lib/credentials/expiry'
import { propagatesUntil } from '@/lib/credentials/propagation'
import { isHeld, isLedByWorker, type RotationStep } from '@/lib/credentials/rotation/rotation'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'

export const STEPS = ['add', 'test', 'current', 'remove'] as const

/** The stage of a replacement, which decides what comes next. */
export type Stage = (typeof STEPS)[number] | 'upload' | 'settling' | 'refused' | 'unknown' | 'fallback' | 'asking'

/** A request to Microsoft has not been answered, so there is nothing to test yet. */
const BEING_ASKED: readonly RotationStep[] = ['asking', 'sealed', 'adding']

/** Derived from what is stored, so that it is the same after a crash, for every reader, and without scripts. */
export function stageOf(slots: Pick<SlotsView, 'current' | 'next' | 'previous' | 'rotation'>): Stage {
  const { current, next, previous, rotation } = slots
  if (rotation && BEING_ASKED.includes(rotation.step)) return 'asking'
  if (next) return stageOfNext(next, rotation)
  // Mail is sent with the previous credential, so it must not be removed.
  if (current?.carriedBy) return 'fallback'
  return rotation?.step === 'current' && previous.length > 0 ? 'remove' : 'add'
}

/** A certificate, unless the console adds it at Microsoft. */
const isUploadedByHand = ({ kind }: Pick<CredentialView, 'kind'>, rotation: SlotsView['rotation']): boolean =>
  kind === 'certificate' && rotation?.way !== 'certificate-proof'

function stageOfNext(next: CredentialView, rotation: SlotsView['rotation']): Stage {
  const { acceptedAt, refusedAt, latestProbe, isPropagating } = next
  if (acceptedAt !== null && refusedAt === null) return 'current'
  if (latestProbe === null) return isUploadedByHand(next, rotation) ? 'upload' : 'test'
  if (isPropagating && rotation?.step === 'added' && rotation.nextAttemptAt !== null) return 'settling'
  return latestProbe.outcome === 'refused' ? 'refused' : 'unknown'
}

export function currentStep(stage: Stage): number {
  if (stage === 'add' || stage === 'asking' || stage === 'fallback') return 0
  if (stage === 'current') return 2
  return stage === 'remove' ? 3 : 1
}

interface Flow extends ViewContext<'credentials'> {
  view: CredentialView
  slots: Pick<SlotsView, 'next' | 'previous' | 'rotation'>
  stage: Stage
}

/** What the first step adds and the last one removes. The kinds differ if a secret is replaced by a certificate. */
export function kindsOf({ view, slots: { next, previous }, stage }: Omit<Flow, 'now' | 't'>) {
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
    case 'settling': {
      if (!next || !at) return t('flow.stage.unknown')
      const values = { secret, next: t.timeUntil(at, now), until: t.time(propagatesUntil(next)) }
      if (isUploadedByHand(next, rotation)) return t('flow.notUploaded', values)
      const isTyped = next.kind === 'client-secret' && rotation?.way === 'typed'
      return `${t('flow.propagating', values)} ${isTyped ? t('flow.mistyped') : ''}`.trim()
    }
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
const isDead = ({ state, carriedBy }: Flow['view']): boolean => carriedBy === null && STOPPED.includes(state)
