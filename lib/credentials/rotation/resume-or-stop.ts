import { type AuditEntry, auditEntry, refuse } from '../../audit'
import type { Caller, Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { Conflict } from '../store/credentials'
import { openRotation, type Rotation, type RotationChange, stepRotation } from '../store/rotations'
import { advanceDueRotations } from './advance'
import { isHeld } from './rotation'
import { plainNote, plannedEnd, rotationEntry } from './turn'

/** Lets the worker continue a replacement that a restore of a backup held (`lib/db/backup/hold-unfinished.ts`). */
export async function resume(deps: CredentialsDeps, caller: Caller, which: OnPage): Promise<Result<void, Conflict>> {
  const resumed = await stepOpen(deps, caller, which, {
    entry: ['rotation.step', { resumed: true }],
    isFit: isHeld,
    change: () => ({ nextAttemptAt: deps.clock.now() }),
    // If two people continue it at the same time, one of them does. The other would end the lease under which its step runs.
    still: { nextAttemptAt: null },
  })
  if (resumed.ok) await advanceDueRotations(deps)
  return resumed
}

/** Stops a replacement for which Microsoft has given no secret yet, for example because Graph cannot be reached. */
export const stop = (deps: CredentialsDeps, caller: Caller, which: OnPage): Promise<Result<void, Conflict>> =>
  stepOpen(deps, caller, which, {
    entry: ['rotation.end', { reason: 'stopped' }],
    isFit: ({ step, nextId }) => step === 'asking' || (step === 'adding' && nextId === null),
    change: (rotation) => plannedEnd(rotation, 'given-up', plainNote('stopped')).change,
  })

/** The rotation that the person saw. A newer one of the same mail server stays as it is. */
type OnPage = { mailServerId: string; rotationId: string }

/** Changes the open rotation of a mail server as a person wants it, if it still is as the person saw it. */
async function stepOpen(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, rotationId }: OnPage,
  step: {
    entry: [action: 'rotation.step' | 'rotation.end', details: AuditEntry['details']]
    isFit(rotation: Rotation): boolean
    change(rotation: Rotation): RotationChange
    still?: Parameters<typeof stepRotation>[4]
  },
): Promise<Result<void, Conflict>> {
  const rotation = await openRotation(deps.db, mailServerId)
  const [action, details] = step.entry
  if (rotation?.id !== rotationId) {
    const entry = auditEntry(action, caller, null, { mailServer: mailServerId, ...details })
    return refuse(deps, entry, { kind: 'changed' })
  }
  const change = step.change(rotation)
  const left = change.fault?.left ? rotation.label : null
  const entry = rotationEntry(action, caller, rotation, { step: change.step ?? rotation.step, left, ...details })
  if (!step.isFit(rotation)) return refuse(deps, entry, { kind: 'changed' })
  const stepped = await stepRotation(deps, rotation, change, entry, step.still)
  return stepped.ok ? stepped : refuse(deps, entry, stepped.error)
}
