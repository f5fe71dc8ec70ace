import { auditEntry } from '../../audit/entry'
import { refuse } from '../../audit/store/log'
import type { Caller } from '../../kernel/actor'
import type { Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import type { Conflict } from '../store/conflict'
import { openRotation, stepRotation } from '../store/rotations'
import { advanceDueRotations } from './advance'
import { rotationEntry } from './graph-call'
import { isHeld } from './rotation'

/** Lets the worker continue a replacement that a restore of a backup held (`lib/db/backup/hold-unfinished.ts`). */
export async function resume(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId }: { mailServerId: string },
): Promise<Result<void, { kind: Conflict }>> {
  const { db, clock } = deps
  const rotation = await openRotation(db, mailServerId)
  const entry = rotation
    ? rotationEntry('rotation.step', caller, rotation, { step: rotation.step, resumed: true })
    : auditEntry('rotation.step', caller, null, { mailServer: mailServerId, resumed: true })
  if (!rotation || !isHeld(rotation)) return refuse(deps, entry, { kind: 'changed' })
  // Of two people at the same time one continues it. The other would end the lease under which its step runs.
  const resumed = await stepRotation(deps, rotation, { nextAttemptAt: clock.now() }, entry, { nextAttemptAt: null })
  if (!resumed.ok) return refuse(deps, entry, { kind: resumed.error })
  await advanceDueRotations(deps)
  return resumed
}
