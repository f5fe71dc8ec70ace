import type { CredentialView, SlotsView } from '@/lib/credentials/deps'
import type { RotationStep } from '@/lib/credentials/ports'

/** Where a replacement stands, and so what comes next. */
export const STANDS = [
  'add',
  'upload',
  'test',
  'settling',
  'refused',
  'unknown',
  'current',
  'remove',
  'fallback',
  'asking',
] as const
export type Stand = (typeof STANDS)[number]

/** Microsoft is being asked, or told: nothing to test yet. */
const BEING_ASKED: readonly RotationStep[] = ['asking', 'sealed', 'adding']

/** Read from what is stored alone, so that it is the same after a crash, for everybody, and without scripts. */
export function standOf(slots: Pick<SlotsView, 'current' | 'next' | 'retired' | 'rotation'>): Stand {
  const { current, next, retired, rotation } = slots
  if (rotation && BEING_ASKED.includes(rotation.step)) return 'asking'
  if (next) return standOfNext(next, rotation)
  // The previous credential carries the mail, so it is the last thing to remove.
  if (current?.carriedBy) return 'fallback'
  return rotation?.step === 'current' && retired.length > 0 ? 'remove' : 'add'
}

function standOfNext(
  { acceptedAt, refusedAt, latestProbe, kind, isSettling }: CredentialView,
  rotation: SlotsView['rotation'],
): Stand {
  if (acceptedAt !== null && refusedAt === null) return 'current'
  // One that the console told Microsoft of itself is not to be uploaded.
  if (latestProbe === null) return kind === 'certificate' && rotation?.way !== 'certificate-proof' ? 'upload' : 'test'
  if (isSettling && rotation?.step === 'added' && rotation.nextTryAt !== null) return 'settling'
  return latestProbe.outcome === 'refused' ? 'refused' : 'unknown'
}

/** The four steps, and which of them is at hand. */
export const STEPS = ['add', 'test', 'current', 'remove'] as const
export function stepAtHand(stand: Stand): number {
  if (stand === 'add' || stand === 'asking' || stand === 'fallback') return 0
  if (stand === 'current') return 2
  return stand === 'remove' ? 3 : 1
}
