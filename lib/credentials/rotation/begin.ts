import { refuse } from '../../audit'
import { type Caller, fail, newId, ok, type Result } from '../../kernel'
import { isGuid } from '../../validation/entra-identity'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import type { StoredCredential } from '../store/credentials'
import { insertRotation, type Rotation, readRotation } from '../store/rotations'
import { readSlots } from '../store/slots'
import { advanceDueRotations } from './advance'
import { rotationEntry } from './turn'

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

type SlotsFault = 'no-server' | 'not-entra' | 'no-credential' | 'next-exists' | 'rotation-open'
/** It has nothing that could be replaced, or is a certificate that is not valid now, which can authorise no successor. */
type CredentialFault = 'not-replaceable' | 'certificate-expired'
type ObjectIdFault = 'object-id-invalid' | 'object-id-is-client-id'
type RotateFault = { kind: SlotsFault | CredentialFault | ObjectIdFault }

/**
 * Begins the replacement of the current secret or certificate through Microsoft Graph. What is stored here before Microsoft is asked
 * is enough to finish it after a crash at any point; `advanceDueRotations` takes it from step to step.
 */
export async function beginRotation(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, automatic, objectId = '' }: { mailServerId: string; automatic: boolean; objectId?: string },
): Promise<Result<{ rotationId: string }, RotateFault>> {
  const id = newId()
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  const way = slots?.current?.kind === 'certificate' ? 'certificate-proof' : 'graph'
  const entry = (details: Parameters<typeof rotationEntry>[3]) =>
    rotationEntry('rotation.start', caller, { id, mailServerId, way }, { automatic, ...details })
  const refused = (kind: RotateFault['kind']) => refuse(deps, entry({}), { kind })
  if (!slots) return refused('no-server')
  const { server, current, next } = slots
  if (!isEntraServer(server)) return refused('not-entra')
  if (!current) return refused('no-credential')
  const reason = whyNotReplaceable(current, now)
  if (reason) return refused(reason)
  if (next) return refused('next-exists')
  const typedId = parseObjectId(objectId, server.exchange.clientId)
  if (!typedId.ok) return refused(typedId.error)
  const label = `Postroom ${id}`
  const applicationObjectId = typedId.value
  const begun = await insertRotation(
    deps,
    { id, mailServerId, previousId: current.id, way, label, automatic, startedBy: caller.actor, nextAttemptAt: now },
    applicationObjectId,
    entry({ label, former: current.id, ...(applicationObjectId && { applicationObjectId }) }),
  )
  return begun.ok ? ok({ rotationId: id }) : refused(begun.error.kind)
}

function whyNotReplaceable({ kind, expiresAt }: StoredCredential, now: Date): CredentialFault | null {
  if (kind === 'client-secret') return null
  if (kind !== 'certificate') return 'not-replaceable'
  return expiresAt !== null && expiresAt <= now ? 'certificate-expired' : null
}

/** @returns null if nothing was typed, so that the object ID that is already known is used */
function parseObjectId(typed: string, clientId: string): Result<string | null, ObjectIdFault> {
  const text = typed.trim().toLowerCase()
  if (text === '') return ok(null)
  if (!isGuid(text)) return fail('object-id-invalid')
  return text === clientId.toLowerCase() ? fail('object-id-is-client-id') : ok(text)
}
