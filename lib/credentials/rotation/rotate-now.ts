import type { Caller } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import { type Rotation, readRotation } from '../store/rotations'
import { advanceDueRotations } from './advance'
import { beginRotation, type RotateFault } from './begin'

/**
 * Replaces the current secret or certificate through Microsoft Graph, as far as that is possible at once; the worker does the rest.
 *
 * @param input.objectId object ID of the app registration, as typed; the rotation of a certificate needs it. Empty if the known one
 *   is to be used
 */
export async function rotateNow(
  deps: CredentialsDeps,
  caller: Caller,
  input: { mailServerId: string; objectId?: string },
): Promise<Result<Rotation, RotateFault>> {
  const begun = await beginRotation(deps, caller, { ...input, automatic: false })
  if (!begun.ok) return begun
  await advanceDueRotations(deps)
  const rotation = await readRotation(deps.db, begun.value.rotationId)
  return rotation ? ok(rotation) : fail({ kind: 'no-server' })
}
