import { type AuditEntry, appendAudit } from '../../audit'
import { type DbDeps, inOneStep, Prisma, type Tx } from '../../db'
import { newId, pick, type Result } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import type { CredentialsDeps } from '../deps'
import { pickFallback } from '../fallback'
import { revisionDigest } from '../open-credential'
import type { RotationFaultNote, RotationStep } from '../rotation/rotation'
import {
  type AddFault,
  type Conflict,
  refuse,
  type Slot,
  type StoredCredential,
  storedCredentialOf,
} from './credentials'
import { endForReturn, endWaiting, LED_BY_WORKER, moveRotations, type Rotation } from './rotations'
import { lockServer, readServer, type ServerDeps } from './servers'

/*
 * The slots of a mail server, and what changes them. Every change is one transaction: it locks the mail server's row, which a save
 * of its settings locks too, and ends with its audit entry. A change names what it was decided on and is refused if that is no
 * longer true.
 */

export type Slots = NonNullable<Awaited<ReturnType<typeof readSlots>>>
export async function readSlots(deps: ServerDeps, mailServerId: string, now: Date) {
  const [server, rows] = await Promise.all([
    readServer(deps, mailServerId),
    deps.db.credential.findMany({
      where: {
        mailServerId,
        removedAt: null,
        OR: [{ slot: { in: ['current', 'next'] } }, { slot: 'previous', fallbackUntil: { gt: now } }],
      },
    }),
  ])
  if (!server) return null
  const credentials = rows.map(storedCredentialOf)
  const inSlot = (slot: Slot) => credentials.find((credential) => credential.slot === slot) ?? null
  const previous = credentials.filter(({ slot }) => slot === 'previous')
  return {
    server,
    current: inSlot('current'),
    next: inSlot('next'),
    /** The previous credential that is used if Entra rejects the current one, or null once its time is over. */
    fallback: pickFallback(previous, now),
  }
}

/** Named member by member, so that no other member of a caller's object reaches the table. */
const columnsOf = (credential: StoredCredential) => ({
  ...pick(credential, 'id', 'kind', 'sealed', 'kid', 'digest', 'certificate', 'thumbprint', 'keyId', 'hint'),
  ...pick(credential, 'applicationObjectId', 'note', 'startsAt', 'expiresAt', 'expirySource', 'createdBy'),
})

export type NewCredential = Pick<StoredCredential, keyof ReturnType<typeof columnsOf>>

/**
 * Puts a credential into the slot `next`. With it a rotation begins, or one that asked Microsoft for it continues. A rotation that only
 * waited for its previous credential to be removed ends, and that credential remains a fallback until its time is over.
 *
 * @param change.serverVersion the version whose destination the secret was sealed for
 */
export const insertNext = (
  { db, clock }: DbDeps,
  change: {
    mailServerId: string
    serverVersion: number
    credential: NewCredential
    rotation:
      | { begin: Pick<Rotation, 'id' | 'way' | 'label' | 'automatic' | 'startedBy'> }
      | { continues: string; step: Extract<RotationStep, 'sealed' | 'added'> }
    audit: AuditEntry
  },
): Promise<Result<void, AddFault>> =>
  inOneStep<void, AddFault>(db, async (tx) => {
    const { mailServerId, credential, rotation } = change
    const now = clock.now()
    if ((await lockServer(tx, mailServerId))?.version !== change.serverVersion) refuse()
    if ((await tx.credential.count({ where: { mailServerId, slot: 'next' } })) > 0) refuse({ kind: 'next-exists' })
    if ('begin' in rotation) await endWaiting(tx, mailServerId, now)
    const current = await tx.credential.findFirst({
      where: { mailServerId, slot: 'current' },
      select: { id: true, owners: true },
    })
    const owners = current?.owners ?? []
    await tx.credential.create({
      data: { ...columnsOf(credential as StoredCredential), owners, mailServerId, slot: 'next', createdAt: now },
    })
    const added = { nextId: credential.id, previousId: current?.id ?? null }
    if ('begin' in rotation) {
      const started = { startedAt: now, updatedAt: now }
      await tx.rotation.create({ data: { ...rotation.begin, ...added, ...started, step: 'added', mailServerId } })
    } else {
      const where = { id: rotation.continues, mailServerId, step: { in: ['asking', 'adding'] } }
      // Due at once: a crash directly after this transaction must not leave the rotation waiting.
      const due = { ...added, nextAttemptAt: now, fault: Prisma.DbNull }
      const { count } = await moveRotations(tx, where, rotation.step, now, due)
      if (count !== 1) refuse()
    }
    await appendAudit(tx, change.audit, now)
  })

/**
 * The next credential, or a previous one, becomes current as revision n+1 of the same settings. That they were verified is carried over. A
 * rotation that only waited for the removal of the credential that returns ends.
 */
export const switchCredential = (
  { db, clock, vault }: Pick<CredentialsDeps, 'db' | 'clock' | 'vault'>,
  change: {
    mailServerId: string
    serverVersion: number
    credentialId: string
    slot: 'next' | 'previous'
    /** Until when the credential that was current so far is the fallback; null if there was none. */
    fallbackUntil: Date | null
    /** When the worker continues the rotation; null if a person does. */
    advanceAt: Date | null
    savedBy: string
    audit: AuditEntry
  },
): Promise<Result<{ version: number }, Conflict>> =>
  inOneStep(db, async (tx) => {
    const { mailServerId, serverVersion, credentialId, slot, fallbackUntil, savedBy } = change
    const now = clock.now()
    const version = serverVersion + 1
    const server = await lockServer(tx, mailServerId)
    const settings = server && storedSettings(server.settings)
    if (server?.version !== serverVersion || !settings) return refuse()
    const incoming = await tx.credential.findUnique({ where: { id: credentialId, mailServerId, removedAt: null } })
    if (incoming?.slot !== slot) return refuse()
    if (slot === 'previous' && !(await endForReturn(tx, change, now))) refuse()
    const outgoing = await tx.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { id: true } })
    if (outgoing)
      await tx.credential.update({
        where: { id: outgoing.id },
        data: { slot: 'previous', replacedAt: now, fallbackUntil },
      })
    await tx.credential.update({
      where: { id: credentialId },
      data: { slot: 'current', currentSince: now, replacedAt: null, fallbackUntil: null },
    })
    const carriesDelivery = isAccepted(incoming) && server.deliveredVersion === serverVersion
    await tx.mailServer.update({
      where: { id: mailServerId },
      data: { version, credentialId, ...(carriesDelivery && { deliveredVersion: version }) },
    })
    await tx.mailServerRevision.create({
      data: {
        id: newId(),
        mailServerId,
        number: version,
        settings: server.settings as Prisma.InputJsonObject,
        credentialId,
        digest: revisionDigest(settings, incoming.digest, vault),
        verifiedLike: await verificationToCarry(tx, mailServerId, serverVersion, incoming),
        savedBy,
        savedAt: now,
      },
    })
    const switched = { previousId: outgoing?.id ?? null, nextAttemptAt: change.advanceAt, fault: Prisma.DbNull }
    // Without a previous credential there is nothing left to do.
    if (slot === 'next')
      await moveRotations(tx, { mailServerId, nextId: credentialId }, outgoing ? 'current' : 'done', now, switched)
    await appendAudit(tx, change.audit, now)
    return { version }
  })

/** The credential in `next` loses its secret and becomes a previous one; its rotation ends. */
export const deleteNext = (
  { db, clock }: DbDeps,
  { mailServerId, nextId, audit, fault }: { mailServerId: string; audit: AuditEntry } & Discarded,
): Promise<Result<void, Conflict>> =>
  inOneStep(db, async (tx) => {
    const now = clock.now()
    await lockServer(tx, mailServerId)
    if ((await abandonNext(tx, mailServerId, now, { nextId, fault })) !== 1) refuse()
    await appendAudit(tx, audit, now)
  })

/** The secret of a previous credential is deleted for good; a rotation that waited for that is done. */
export const deletePrevious = (
  { db, clock }: DbDeps,
  { credentialId, audit }: { credentialId: string; audit: AuditEntry },
): Promise<Result<void, Conflict>> =>
  inOneStep(db, async (tx) => {
    const now = clock.now()
    const row = await tx.credential.findUnique({ where: { id: credentialId }, select: { mailServerId: true } })
    if (!row) return refuse()
    await lockServer(tx, row.mailServerId)
    const { count } = await tx.credential.updateMany({
      where: { id: credentialId, slot: 'previous', removedAt: null },
      data: { sealed: null, kid: null, removedAt: now, fallbackUntil: null },
    })
    if (count !== 1) refuse()
    const waiting = { previousId: credentialId, step: { in: ['current', 'removing'] } }
    await moveRotations(tx, waiting, 'done', now, { fault: Prisma.DbNull })
    await appendAudit(tx, audit, now)
  })

interface Discarded {
  nextId: string
  /** Why its rotation ends. */
  fault?: RotationFaultNote | undefined
}

/** Deletes the secret in the slot `next` and ends the rotation that prepared it. A save that changes the destination does this too. */
export async function abandonNext(tx: Tx, mailServerId: string, now: Date, discarded?: Discarded): Promise<number> {
  const { count } = await tx.credential.updateMany({
    where: { mailServerId, slot: 'next', ...(discarded && { id: discarded.nextId }) },
    data: { slot: 'previous', sealed: null, kid: null, replacedAt: now, removedAt: now },
  })
  const way = !discarded && { way: { notIn: LED_BY_WORKER } }
  const prepared = { mailServerId, step: { in: ['sealed', 'adding', 'added', 'tested'] }, ...way }
  const fault = discarded?.fault && { fault: { ...discarded.fault } }
  if (count > 0) await moveRotations(tx, prepared, 'given-up', now, fault)
  // The worker ends the others, and says what is left in the application that is no longer used.
  if (!discarded)
    await tx.rotation.updateMany({
      where: { mailServerId, endedAt: null, way: { in: LED_BY_WORKER }, nextAttemptAt: { not: null } },
      data: { nextAttemptAt: now },
    })
  return count
}

const isAccepted = ({ acceptedAt, refusedAt }: { acceptedAt: Date | null; refusedAt: Date | null }): boolean =>
  acceptedAt !== null && refusedAt === null

/**
 * The digest under which the previous revision was verified, if Entra has accepted the new credential for the same application:
 * the settings are the same, so what was verified at Exchange is still true (docs/decisions/0006).
 */
async function verificationToCarry(
  tx: Tx,
  mailServerId: string,
  number: number,
  next: { acceptedAt: Date | null; refusedAt: Date | null },
): Promise<string | null> {
  if (!isAccepted(next)) return null
  const previous = await tx.mailServerRevision.findUnique({
    where: { mailServerId_number: { mailServerId, number } },
    select: { digest: true, verifiedLike: true },
  })
  if (!previous) return null
  const digests = [previous.digest, ...(previous.verifiedLike ? [previous.verifiedLike] : [])]
  const accepted = await tx.testRun.findFirst({
    where: { digest: { in: digests }, outcome: 'accepted', dryRun: false },
    orderBy: { startedAt: 'desc' },
    select: { digest: true },
  })
  return accepted?.digest ?? null
}
