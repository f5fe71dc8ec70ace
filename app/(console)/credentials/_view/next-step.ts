import type { RotationStep } from '@/lib/credentials/rotation/rotation'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'

/** The four steps of a replacement. */
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
export const isUploadedByHand = ({ kind }: Pick<CredentialView, 'kind'>, rotation: SlotsView['rotation']): boolean =>
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
