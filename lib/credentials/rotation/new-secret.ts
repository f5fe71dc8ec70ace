import { checkSealingKey } from '../../db/sealing-key-check'
import { pick } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { GraphFault } from '../entra'
import { type Rotation, stepRotation } from '../store/rotations'
import { clearLeftovers } from './leftovers'
import { BARE, lifetimeRule, type Material, storeNext } from './material'
import { callGraph, endRotation, isUnanswered, retryOrEnd, type Turn } from './turn'

/**
 * Asks Graph for a new secret. The rotation and its label were stored before, so that what a crash or a lost answer left at
 * Microsoft is known by its name. The text of such a secret is lost, so it is removed and another one is requested.
 */
export async function requestSecret(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation } = turn
  const { clock, directory } = deps
  const sound = await checkSealingKey(deps)
  if (!sound.ok) return endRotation(deps, rotation, 'failed', 'key-wrong')

  const rule = await lifetimeRule(deps, turn, 'password')
  const cleared = await clearLeftovers(deps, turn, null)
  if (!cleared.ok) return retryOrEnd(deps, rotation, cleared.error)

  const stored = await stepRotation(deps, rotation, { step: 'adding' })
  if (!stored.ok) return
  const adding: Rotation = { ...rotation, step: 'adding' }
  const endsAt = new Date(clock.now().getTime() + rule.lifeMs)
  const added = await callGraph(deps, turn, (request) =>
    directory.addPassword(request, { displayName: rotation.label, endsAt }, turn.signal),
  )
  if (!added.ok) return notAdded(deps, adding, rule.forbidden ? asPolicyFault(added.error) : added.error)
  const { secret, credential: known } = added.value
  const material: Material = {
    ...BARE,
    ...pick(known, 'keyId', 'hint', 'startsAt'),
    credential: { kind: 'client-secret', secret },
    expiresAt: known.endsAt,
    expirySource: 'graph',
    note: turn.slots.current?.note ?? '',
  }
  // If the server is saved in between, the rotation is due again after the lease and finds this secret by its label.
  await storeNext(deps, turn, material, 'added')
}

/** Only a lost answer leaves it unknown whether there is a secret now. */
async function notAdded(deps: CredentialsDeps, adding: Rotation, fault: GraphFault): Promise<void> {
  if (isUnanswered(fault)) return retryOrEnd(deps, adding, fault)
  await stepRotation(deps, adding, { step: 'asking' })
  await retryOrEnd(deps, { ...adding, step: 'asking' }, fault)
}

/** The policy is known to forbid it, whatever code Graph's refusal has. */
const asPolicyFault = (fault: GraphFault): GraphFault =>
  fault.kind === 'refused' ? { kind: 'policy', evidence: fault.evidence } : fault
