import { auditEntry } from '../../audit/entry'
import { refuse } from '../../audit/store/log'
import type { Caller } from '../../kernel/actor'
import { newId } from '../../kernel/ids'
import { fail, ok, type Result } from '../../kernel/result'
import { isGuid } from '../../validation/entra-identity'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import type { Conflict, StoredCredential } from '../store/credentials'
import { insertRotation, openRotation, type Rotation, readRotation, stepRotation } from '../store/rotations'
import { readSlots } from '../store/slots'
import { advanceDueRotations } from './advance'
import { rotationEntry } from './graph-call'
import { isHeld, isLedByWorker } from './rotation'

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

type RotateFault = {
  kind:
    | 'no-server'
    | 'not-entra'
    | 'no-credential'
    /** The current credential has nothing that could be replaced. */
    | 'not-replaceable'
    /** Only a certificate that is valid now can authorise its successor. */
    | 'certificate-expired'
    | 'object-id-invalid'
    | 'object-id-is-client-id'
    | 'next-exists'
    | 'rotation-open'
}

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
  // To end one that the worker leads would leave its previous credential at Microsoft for good.
  const open = await openRotation(deps.db, mailServerId)
  if (open && isLedByWorker(open)) return refused('rotation-open')
  const typedId = parseObjectId(objectId, server.exchange.clientId)
  if (!typedId.ok) return refused(typedId.error)
  const label = `Postroom ${id}`
  const applicationObjectId = typedId.value
  const begun = await insertRotation(
    deps,
    { id, mailServerId, way, label, automatic, startedBy: caller.actor, nextAttemptAt: now },
    applicationObjectId === null ? null : { credentialId: current.id, applicationObjectId },
    entry({ label, former: current.id, ...(applicationObjectId && { applicationObjectId }) }),
  )
  return begun.ok ? ok({ rotationId: id }) : refused(begun.error.kind)
}

function whyNotReplaceable({ kind, expiresAt }: StoredCredential, now: Date): RotateFault['kind'] | null {
  if (kind === 'client-secret') return null
  if (kind !== 'certificate') return 'not-replaceable'
  return expiresAt !== null && expiresAt <= now ? 'certificate-expired' : null
}

/** @returns null if nothing was typed, so that the object ID that is already known is used */
function parseObjectId(typed: string, clientId: string): Result<string | null, RotateFault['kind']> {
  const text = typed.trim().toLowerCase()
  if (text === '') return ok(null)
  if (!isGuid(text)) return fail('object-id-invalid')
  return text === clientId.toLowerCase() ? fail('object-id-is-client-id') : ok(text)
}

/** Lets the worker continue a replacement that a restore of a backup held (`lib/db/backup/hold-unfinished.ts`). */
export async function resume(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId }: { mailServerId: string },
): Promise<Result<void, Conflict>> {
  const { db, clock } = deps
  const rotation = await openRotation(db, mailServerId)
  const entry = rotation
    ? rotationEntry('rotation.step', caller, rotation, { step: rotation.step, resumed: true })
    : auditEntry('rotation.step', caller, null, { mailServer: mailServerId, resumed: true })
  if (!rotation || !isHeld(rotation)) return refuse(deps, entry, { kind: 'changed' })
  // Of two people at the same time one continues it. The other would end the lease under which its step runs.
  const resumed = await stepRotation(deps, rotation, { nextAttemptAt: clock.now() }, entry, { nextAttemptAt: null })
  if (!resumed.ok) return refuse(deps, entry, resumed.error)
  await advanceDueRotations(deps)
  return resumed
}
