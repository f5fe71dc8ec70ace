import { appendAudit } from '../../audit/store/log'
import { pickFallback } from '../../credentials/fallback'
import { abandonNext } from '../../credentials/store/slots'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { FIRST_MAIL_SERVER_ID } from '../../db/default-mail-server'
import type { Prisma } from '../../db/generated/client'
import type { Clock } from '../../kernel/clock'
import { credentialKind } from '../../kernel/credential-kind'
import { newId } from '../../kernel/ids'
import { storedSettings } from '../../kernel/mail-server-settings'
import { fail, ok } from '../../kernel/result'
import type { SealedText } from '../../kernel/sealing'
import { StaleRulesError, writeRules } from '../../policy/store'
import type { MailServerStore, PageOf, SettingsWrite, StoredCredential, StoredRevision, StoredServer } from '../ports'
import { readDeliveryHealth } from './pauses'
import { digestsOf, mailServerTests } from './test-runs'

/** Names of the moments between two writes of one save: a test throws there, the shipped wiring does nothing. */
export type CrashPoint = 'claimed' | 'credential' | 'server' | 'revision' | 'rules' | 'audit'
const nowhere = (_: CrashPoint): void => {}

/** Another save came first. Thrown to roll the transaction back, and told as a value outside. */
class ChangedMeanwhile extends Error {}

/** @param mailServerId whose; a row that has not been there, or was never saved, is an empty one. */
export function createMailServerStore(
  db: Db,
  clock: Clock,
  mailServerId: string,
  crash: (point: CrashPoint) => void = nowhere,
): MailServerStore {
  async function revision(number: number): Promise<StoredRevision | null> {
    const where = { mailServerId_number: { mailServerId, number } }
    const row = await db.mailServerRevision.findUnique({ where })
    return row && revisionOf(row)
  }

  return {
    id: mailServerId,
    ...mailServerTests(db, clock, mailServerId),

    async load() {
      const row = await db.mailServer.findUnique({
        where: { id: mailServerId, version: { gt: 0 }, removedAt: null },
        include: { credential: true },
      })
      return row && serverOf(row)
    },

    async credential(id) {
      const row = await db.credential.findUnique({ where: { id } })
      return row && credentialOf(row)
    },

    async credentialHealth(now) {
      const [current, previous, watch] = await Promise.all([
        db.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { refusedAt: true } }),
        db.credential.findMany({
          where: { mailServerId, slot: 'previous', removedAt: null, fallbackUntil: { gt: now } },
          select: { acceptedAt: true, refusedAt: true, replacedAt: true, fallbackUntil: true },
        }),
        db.credentialWatch.findUniqueOrThrow({ where: { id: 1 }, select: { thresholdsDays: true } }),
      ])
      const fallback = pickFallback(previous, now)
      return {
        refused: current !== null && current.refusedAt !== null,
        fallbackUntil: fallback?.refusedAt === null ? fallback.fallbackUntil : null,
        expiringWithinDays: Math.max(0, ...watch.thresholdsDays),
      }
    },

    deliveryHealth: (version) => readDeliveryHealth(db, mailServerId, version),
    revision,

    async revisions({ page, size }: PageOf) {
      const where = { mailServerId }
      const [rows, total] = await Promise.all([
        db.mailServerRevision.findMany({ where, orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size }),
        db.mailServerRevision.count({ where }),
      ])
      const proofs = await db.testRun.findMany({
        where: { digest: { in: rows.flatMap(digestsOf) }, outcome: 'accepted', dryRun: false },
        distinct: ['digest'],
        select: { digest: true },
      })
      const verified = new Set(proofs.map(({ digest }) => digest))
      return {
        rows: rows.map((row) => ({
          ...revisionOf(row),
          verified: digestsOf(row).some((digest) => verified.has(digest)),
        })),
        total,
      }
    },

    async lastVerified() {
      const [row] = await db.$queryRaw<{ number: number }[]>`
        SELECT r."number" FROM "MailServerRevision" r
        WHERE r."mailServerId" = ${mailServerId}::uuid AND EXISTS (
          SELECT 1 FROM "TestRun" t WHERE t."digest" IN (r."digest", r."verifiedLike") AND t."outcome" = 'accepted' AND NOT t."dryRun")
        ORDER BY r."number" DESC LIMIT 1`
      return row ? revision(row.number) : null
    },

    async write(write) {
      try {
        await db.$transaction((tx) => writeAll(tx, mailServerId, write, clock.now(), crash), QUEUED)
        return ok({ version: write.after + 1 })
      } catch (thrown) {
        if (thrown instanceof ChangedMeanwhile) return fail('changed-meanwhile')
        if (thrown instanceof StaleRulesError) return fail('rules-changed')
        throw thrown
      }
    },
  }
}

async function writeAll(
  tx: Tx,
  id: string,
  write: SettingsWrite,
  now: Date,
  crash: (point: CrashPoint) => void,
): Promise<void> {
  const settings = write.settings as unknown as Prisma.InputJsonObject
  await claimVersion(tx, id, write, settings)
  crash('claimed')

  const credentialId = await writeCredential(tx, id, write, now)
  crash('credential')
  await tx.mailServer.update({ where: { id }, data: { credentialId } })
  crash('server')
  await tx.mailServerRevision.create({
    data: {
      id: newId(),
      mailServerId: id,
      number: write.after + 1,
      settings,
      credentialId,
      digest: write.digest,
      verifiedLike: await proofKnownFor(tx, id, write.digest),
      savedBy: write.savedBy,
      savedAt: now,
    },
  })
  crash('revision')
  if (write.policy) await writeRules(tx, { ...write.policy, savedBy: write.savedBy }, now)
  crash('rules')
  await appendAudit(tx, write.audit, now)
  if (write.policy) await appendAudit(tx, write.policy.audit, now)
  crash('audit')
}

/** The same settings with the same credential, saved again: what proved them before proves them still. */
async function proofKnownFor(tx: Tx, mailServerId: string, digest: string): Promise<string | null> {
  const row = await tx.mailServerRevision.findFirst({
    where: { mailServerId, digest, NOT: { verifiedLike: null } },
    orderBy: { number: 'desc' },
    select: { verifiedLike: true },
  })
  return row?.verifiedLike ?? null
}

/** Of any number of saves made on one version the row lets one through. */
async function claimVersion(
  tx: Tx,
  id: string,
  { after }: SettingsWrite,
  settings: Prisma.InputJsonObject,
): Promise<void> {
  const { count } = await tx.mailServer.updateMany({
    where: { id, version: after, removedAt: null },
    data: { version: after + 1, settings },
  })
  if (count === 1) return
  if (after > 0 || id !== FIRST_MAIL_SERVER_ID) throw new ChangedMeanwhile()
  const made = await tx.mailServer.createMany({
    data: [{ id, name: 'Mail server', isDefault: true, version: 1, settings }],
    skipDuplicates: true,
  })
  if (made.count !== 1) throw new ChangedMeanwhile()
  // What was tested before anything was saved was tested for it.
  await tx.testRun.updateMany({ where: { mailServerId: null }, data: { mailServerId: id } })
}

async function writeCredential(
  tx: Tx,
  mailServerId: string,
  { credential, former }: SettingsWrite,
  now: Date,
): Promise<string | null> {
  const id = credential.kind === 'none' ? null : credential.kind === 'kept' ? credential.id : credential.row.id
  if (former === null) {
    await abandonNext(tx, mailServerId, now)
    await tx.credential.updateMany({ where: { mailServerId, slot: 'previous' }, data: { fallbackUntil: null } })
  }
  const before = await tx.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { owners: true } })
  // Kept, since a revision names it: going back to that revision needs it.
  await tx.credential.updateMany({
    where: { mailServerId, slot: 'current', ...(id !== null && { NOT: { id } }) },
    data: { slot: 'previous', replacedAt: now, fallbackUntil: former?.fallbackUntil ?? null },
  })
  if (credential.kind === 'new')
    await tx.credential.create({
      data: {
        ...credential.row,
        owners: before?.owners ?? [],
        mailServerId,
        createdAt: now,
        currentSince: now,
        expirySource: credential.row.expiresAt ? 'typed' : null,
      },
    })
  if (credential.kind === 'kept') await keepCredential(tx, credential, now)
  return id
}

async function keepCredential(
  tx: Tx,
  { id, expiresAt }: Extract<SettingsWrite['credential'], { kind: 'kept' }>,
  now: Date,
): Promise<void> {
  const row = await tx.credential.findUnique({ where: { id }, select: { expiresAt: true, slot: true } })
  const isSameDate = row?.expiresAt?.getTime() === expiresAt?.getTime()
  await tx.credential.update({
    where: { id },
    data: {
      ...(row?.slot !== 'current' && { slot: 'current', currentSince: now, replacedAt: null, fallbackUntil: null }),
      ...(!isSameDate && {
        expiresAt,
        expirySource: expiresAt ? 'typed' : null,
        expiryVersion: { increment: 1 },
      }),
    },
  })
}

type CredentialRow = Prisma.CredentialGetPayload<object>

const serverOf = (row: Prisma.MailServerGetPayload<{ include: { credential: true } }>): StoredServer => ({
  id: row.id,
  version: row.version,
  settings: storedSettings(row.settings),
  credential: row.credential && credentialOf(row.credential),
})

const credentialOf = (row: CredentialRow): StoredCredential => ({
  id: row.id,
  kind: credentialKind(row.kind),
  sealed: row.sealed as SealedText | null,
  kid: row.kid,
  thumbprint: row.thumbprint,
  digest: row.digest,
  expiresAt: row.expiresAt,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
})

const revisionOf = (row: Prisma.MailServerRevisionGetPayload<object>): StoredRevision => ({
  number: row.number,
  settings: storedSettings(row.settings),
  credentialId: row.credentialId,
  digest: row.digest,
  verifiedLike: row.verifiedLike,
  savedBy: row.savedBy,
  savedAt: row.savedAt,
})
