import type { CredentialView, SlotsView } from '@/lib/credentials/room'

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
  'asking',
] as const
export type Stand = (typeof STANDS)[number]

/** Read from what is stored alone, so that it is the same after a crash, for everybody, and without scripts. */
export function standOf({ next, retired, rotation }: Pick<SlotsView, 'next' | 'retired' | 'rotation'>): Stand {
  if (next) return standOfNext(next, rotation)
  if (rotation?.step === 'asking') return 'asking'
  return rotation?.step === 'current' && retired.length > 0 ? 'remove' : 'add'
}

function standOfNext(
  { acceptedAt, refusedAt, latestProbe, kind }: CredentialView,
  rotation: SlotsView['rotation'],
): Stand {
  if (acceptedAt !== null && refusedAt === null) return 'current'
  if (latestProbe === null) return kind === 'certificate' ? 'upload' : 'test'
  if (rotation?.step === 'added' && rotation.nextTryAt !== null && latestProbe.outcome === 'refused') return 'settling'
  return latestProbe.outcome === 'refused' ? 'refused' : 'unknown'
}

/** The four steps, and which of them is at hand. */
export const STEPS = ['add', 'test', 'current', 'remove'] as const
export function stepAtHand(stand: Stand): number {
  if (stand === 'add' || stand === 'asking') return 0
  if (stand === 'current') return 2
  return stand === 'remove' ? 3 : 1
}
