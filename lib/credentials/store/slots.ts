import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { named } from '../../db/one-row'
import { newId } from '../../kernel/ids'
import { storedSettings } from '../../kernel/mail-server-settings'
import { fail, ok, type Result } from '../../kernel/result'
import { revisionDigest } from '../digest'
import type { AddFault, Conflict, CredentialStore, StoredCredential } from '../ports'
import { keepOwnerChannels } from './channels'
import type { CredentialStoreDeps } from './deps'

/** Thrown to roll the transaction back, and told as a value outside. */
class Refused extends Error {
  constructor(readonly reason: AddFault) {
    super(reason)
  }
}

/** All of it or nothing; a refusal thrown inside comes out as a value. */
export async function inOneStep<T, F extends AddFault = Conflict>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
): Promise<Result<T, F>> {
  try {
    return ok(await db.$transaction(work, QUEUED))
  } catch (thrown) {
    if (thrown instanceof Refused) return fail(thrown.reason as F)
    throw thrown
  }
}

export const refuse = (reason: AddFault = 'changed-meanwhile'): never => {
  throw new Refused(reason)
}

type Steps = Pick<
  CredentialStore,
  'addNext' | 'makeCurrent' | 'goBack' | 'discardNext' | 'remove' | 'setNote' | 'setOwners' | 'setExpiry' | 'keepFound'
>

/** The steps of the two slots. Each begins by locking the server's row, which a save locks too, and ends with its audit row. */
export function slotSteps({ db, clock, vault, crash }: CredentialStoreDeps): Steps {
  return {
    addNext: ({ mailServerId, serverVersion, credential, rotation, audit }) =>
      inOneStep<void, AddFault>(db, async (tx) => {
        const now = clock.now()
        if ((await lockServer(tx, mailServerId))?.version !== serverVersion) refuse()
        if ((await tx.credential.count({ where: { mailServerId, slot: 'next' } })) > 0) refuse('next-exists')
        if ('begin' in rotation) await endWaiting(tx, mailServerId, now)
        const current = await tx.credential.findFirst({
          where: { mailServerId, slot: 'current' },
          select: { id: true, owners: true },
        })
        const owners = current?.owners ?? []
        await tx.credential.create({
          data: { ...columnsOf(credential), owners, mailServerId, slot: 'next', createdAt: now },
        })
        crash('add-next:credential')
        const added = {
          step: 'continues' in rotation ? rotation.step : 'added',
          nextId: credential.id,
          previousId: current?.id ?? null,
          updatedAt: now,
        }
        if ('begin' in rotation) {
          const { startedBy, ...begun } = rotation.begin
          await tx.rotation.create({
            data: { ...begun, ...added, mailServerId, startedBy: startedBy as object, startedAt: now },
          })
        } else {
          const { count } = await tx.rotation.updateMany({
            where: { id: rotation.continues, mailServerId, step: 'asking', endedAt: null },
            // At once: a crash right behind this transaction must not leave it lying.
            data: { ...added, nextTryAt: now, fault: Prisma.DbNull },
          })
          if (count !== 1) refuse()
        }
        crash('add-next:rotation')
        await appendAudit(tx, audit, now)
        crash('add-next:audit')
      }),

    makeCurrent: ({ mailServerId, serverVersion, nextId, fallbackUntil, advanceAt, savedBy, audit }) =>
      inOneStep(db, async (tx) => {
        const now = clock.now()
        const server = await lockServer(tx, mailServerId)
        if (server?.version !== serverVersion) return refuse()
        const next = await tx.credential.findUnique({ where: { id: nextId } })
        if (next?.slot !== 'next' || next.mailServerId !== mailServerId) return refuse()
        const swap = { mailServerId, server, version: serverVersion + 1, incoming: next, fallbackUntil, savedBy }
        const outgoing = await swapCurrent(tx, swap, { vault, crash, now })
        crash('make-current:revision')
        await tx.rotation.updateMany({
          where: { mailServerId, nextId, endedAt: null },
          data: {
            step: 'current',
            previousId: outgoing,
            nextTryAt: outgoing && advanceAt,
            fault: Prisma.DbNull,
            updatedAt: now,
            // Without a former credential nothing is left to do.
            ...(outgoing === null && { step: 'done', endedAt: now }),
          },
        })
        await appendAudit(tx, audit, now)
        crash('make-current:audit')
        return { version: swap.version }
      }),

    goBack: ({ mailServerId, serverVersion, previousId, fallbackUntil, savedBy, audit }) =>
      inOneStep(db, async (tx) => {
        const now = clock.now()
        const server = await lockServer(tx, mailServerId)
        if (server?.version !== serverVersion) return refuse()
        const previous = await tx.credential.findUnique({ where: { id: previousId, mailServerId, removedAt: null } })
        if (previous?.slot !== 'previous') return refuse()
        const open = { mailServerId, endedAt: null }
        // Microsoft is being told to remove the very credential that mail would go back to.
        if ((await tx.rotation.count({ where: { ...open, step: 'removing' } })) > 0) refuse()
        const swap = { mailServerId, server, version: serverVersion + 1, incoming: previous, fallbackUntil, savedBy }
        await swapCurrent(tx, swap, { vault, crash, now })
        await tx.rotation.updateMany({
          where: { ...open, step: 'current' },
          data: { step: 'given-up', endedAt: now, updatedAt: now, nextTryAt: null },
        })
        await appendAudit(tx, audit, now)
        return { version: swap.version }
      }),

    discardNext: ({ mailServerId, nextId, audit }) =>
      inOneStep(db, async (tx) => {
        const now = clock.now()
        await lockServer(tx, mailServerId)
        if ((await abandonNext(tx, mailServerId, now, nextId)) !== 1) refuse()
        crash('discard-next:credential')
        await appendAudit(tx, audit, now)
        crash('discard-next:audit')
      }),

    remove: ({ credentialId, audit }) =>
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
        crash('remove:credential')
        await tx.rotation.updateMany({
          where: { previousId: credentialId, step: { in: ['current', 'removing'] }, endedAt: null },
          data: { step: 'done', endedAt: now, updatedAt: now, nextTryAt: null, fault: Prisma.DbNull },
        })
        await appendAudit(tx, audit, now)
        crash('remove:audit')
      }),

    setNote: ({ credentialId, note, audit }) =>
      inOneStep(db, async (tx) => {
        const { count } = await tx.credential.updateMany({ where: { id: credentialId }, data: { note } })
        if (count !== 1) refuse()
        await appendAudit(tx, audit, clock.now())
      }),

    setOwners: ({ credentialId, owners, locale, by, audit }) =>
      inOneStep(db, async (tx) => {
        const now = clock.now()
        const { count } = await tx.credential.updateMany({
          where: { id: named(credentialId), removedAt: null },
          data: { owners: [...owners] },
        })
        if (count !== 1) refuse()
        await keepOwnerChannels(tx, { owners, locale, by }, now)
        await appendAudit(tx, audit, now)
      }),

    setExpiry: ({ credentialId, expiryVersion, expiresAt, source, audit }) =>
      inOneStep(db, async (tx) => {
        const { count } = await tx.credential.updateMany({
          where: { id: credentialId, expiryVersion },
          data: { expiresAt, expirySource: expiresAt === null ? null : source, expiryVersion: expiryVersion + 1 },
        })
        if (count !== 1) refuse()
        await appendAudit(tx, audit, clock.now())
      }),

    async keepFound({ credentialId, keyId, hint, startsAt, foundExpiresAt, applicationObjectId, audit }) {
      await db.$transaction(async (tx) => {
        const now = clock.now()
        await tx.credential.update({
          where: { id: credentialId },
          data: {
            keyId,
            hint,
            foundExpiresAt,
            foundAt: now,
            ...(startsAt && { startsAt }),
            ...(applicationObjectId !== undefined && { applicationObjectId }),
          },
        })
        // A date that Graph told before follows Graph; a typed one, and a certificate's own, stay.
        if (foundExpiresAt !== null)
          await tx.credential.updateMany({
            where: {
              id: credentialId,
              OR: [{ expiresAt: null }, { expirySource: 'graph', NOT: { expiresAt: foundExpiresAt } }],
            },
            data: { expiresAt: foundExpiresAt, expirySource: 'graph', expiryVersion: { increment: 1 } },
          })
        if (audit) await appendAudit(tx, audit, now)
      }, QUEUED)
    },
  }
}

/** Makes a credential current, as a new revision of the same settings. @returns the id of the one that was current before. */
async function swapCurrent(
  tx: Tx,
  swap: {
    mailServerId: string
    server: { settings: Prisma.JsonValue }
    version: number
    incoming: { id: string; digest: string; acceptedAt: Date | null; refusedAt: Date | null }
    fallbackUntil: Date | null
    savedBy: string
  },
  { vault, crash, now }: Pick<CredentialStoreDeps, 'vault' | 'crash'> & { now: Date },
): Promise<string | null> {
  const { mailServerId, version, incoming, savedBy, fallbackUntil } = swap
  const outgoing = await tx.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { id: true } })
  if (outgoing)
    await tx.credential.update({
      where: { id: outgoing.id },
      data: { slot: 'previous', replacedAt: now, fallbackUntil },
    })
  crash('make-current:previous')
  await tx.credential.update({
    where: { id: incoming.id },
    data: { slot: 'current', currentSince: now, replacedAt: null, fallbackUntil: null },
  })
  await tx.mailServer.update({ where: { id: mailServerId }, data: { version, credentialId: incoming.id } })
  crash('make-current:current')
  const settings = storedSettings(swap.server.settings)
  if (!settings) return refuse()
  await tx.mailServerRevision.create({
    data: {
      id: newId(),
      mailServerId,
      number: version,
      settings: swap.server.settings as Prisma.InputJsonObject,
      credentialId: incoming.id,
      digest: revisionDigest(settings, incoming.digest, vault),
      verifiedLike: await verificationToCarry(tx, mailServerId, version - 1, incoming),
      savedBy,
      savedAt: now,
    },
  })
  return outgoing?.id ?? null
}

async function lockServer(tx: Tx, id: string) {
  await tx.$queryRaw`SELECT 1 FROM "MailServer" WHERE "id" = ${id}::uuid FOR UPDATE`
  return tx.mailServer.findUnique({ where: { id } })
}

/** A rotation whose only open step is to remove the former credential does not stand in the way of the next one. */
async function endWaiting(tx: Tx, mailServerId: string, now: Date): Promise<void> {
  await tx.rotation.updateMany({
    where: { mailServerId, step: 'current', endedAt: null },
    data: { step: 'done', endedAt: now, updatedAt: now, nextTryAt: null },
  })
  if ((await tx.rotation.count({ where: { mailServerId, endedAt: null } })) > 0) refuse('rotation-open')
}

/** Retires `next` without a chance to return; what was being done with it ends. Also when a save leaves its destination. */
export async function abandonNext(tx: Tx, mailServerId: string, now: Date, nextId?: string): Promise<number> {
  const { count } = await tx.credential.updateMany({
    where: { mailServerId, slot: 'next', ...(nextId !== undefined && { id: nextId }) },
    data: { slot: 'previous', sealed: null, kid: null, replacedAt: now, removedAt: now },
  })
  if (count > 0)
    await tx.rotation.updateMany({
      where: { mailServerId, step: { in: ['sealed', 'adding', 'added', 'tested'] }, endedAt: null },
      data: { step: 'given-up', endedAt: now, updatedAt: now, nextTryAt: null },
    })
  return count
}

/**
 * The digest by which the former revision is proven, if the settings are the same and Entra has accepted the new credential for
 * the same application: what was proven to Exchange holds then (docs/decisions/0006).
 */
async function verificationToCarry(
  tx: Tx,
  mailServerId: string,
  number: number,
  next: { acceptedAt: Date | null; refusedAt: Date | null },
): Promise<string | null> {
  if (next.acceptedAt === null || next.refusedAt !== null) return null
  const former = await tx.mailServerRevision.findUnique({
    where: { mailServerId_number: { mailServerId, number } },
    select: { digest: true, verifiedLike: true },
  })
  if (!former) return null
  const digests = [former.digest, ...(former.verifiedLike ? [former.verifiedLike] : [])]
  const proof = await tx.testRun.findFirst({
    where: { digest: { in: digests }, outcome: 'accepted', dryRun: false },
    orderBy: { startedAt: 'desc' },
    select: { digest: true },
  })
  return proof?.digest ?? null
}

/** Named member by member, so that nothing else of a caller's object reaches the table. */
const columnsOf = (credential: Parameters<CredentialStore['addNext']>[0]['credential']) =>
  ({
    id: credential.id,
    kind: credential.kind,
    sealed: credential.sealed,
    kid: credential.kid,
    digest: credential.digest,
    certificate: credential.certificate,
    thumbprint: credential.thumbprint,
    keyId: credential.keyId,
    hint: credential.hint,
    applicationObjectId: credential.applicationObjectId,
    note: credential.note,
    startsAt: credential.startsAt,
    expiresAt: credential.expiresAt,
    expirySource: credential.expirySource,
    createdBy: credential.createdBy,
  }) satisfies Partial<StoredCredential>
