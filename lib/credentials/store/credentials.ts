import { type AuditEntry, appendAudit, appendAudits } from '../../audit'
import { type Db, type DbDeps, inOneStep, type Prisma, rollBack } from '../../db'
import type { DirectoryCredential } from '../../entra/contracts'
import type { Locale } from '../../i18n/locale'
import { credentialKind, isUuid, pick, type Result, type SealedText } from '../../kernel'
import { keepOwnerChannels } from '../../notifications/store/channels'

/** Another change came first. Nothing was written, not even the audit entry. */
export type Conflict = { kind: 'changed' }
/** `next-exists`: the slot is taken. `rotation-open`: another rotation of this mail server has not ended. */
export type AddFault = Conflict | { kind: 'next-exists' | 'rotation-open' }

export const refuse = (fault: AddFault = { kind: 'changed' }): never => rollBack(fault)

/** `next` is prepared and verified on its own before it becomes `current`. A `previous` one serves as the fallback for a while. */
export type Slot = 'current' | 'next' | 'previous'

type CredentialRow = Prisma.CredentialGetPayload<object>

/** One credential as people may see it. Each member is named, so that a new column stays private until it is added here. */
export const credentialOf = (row: CredentialRow) => ({
  ...pick(row, 'id', 'mailServerId', 'keyId', 'hint', 'note', 'startsAt', 'expiresAt', 'foundAt', 'acceptedAt'),
  ...pick(row, 'refusedAt', 'refusedCode', 'currentSince', 'replacedAt', 'fallbackUntil', 'removedAt', 'createdBy'),
  ...pick(row, 'createdAt', 'applicationObjectId', 'certificate', 'thumbprint', 'owners', 'expiryVersion'),
  ...pick(row, 'foundExpiresAt'),
  kind: credentialKind(row.kind),
  slot: slotOf(row.slot),
  expirySource: sourceOf(row.expirySource),
})
export type Credential = ReturnType<typeof credentialOf>

/** A credential with what only the operations may touch. */
export const storedCredentialOf = (row: CredentialRow) => ({
  ...credentialOf(row),
  ...pick(row, 'kid', 'digest'),
  /** Null if the kind has no secret, or if the secret was removed. */
  sealed: row.sealed as SealedText | null,
})
export type StoredCredential = ReturnType<typeof storedCredentialOf>

const slotOf = (text: string): Slot => (text === 'current' || text === 'next' ? text : 'previous')
const sourceOf = (text: string | null): 'typed' | 'graph' | 'certificate' | null =>
  text === 'typed' || text === 'graph' || text === 'certificate' ? text : null

/** The credentials of these mail servers, or of all, that were not removed, newest first. */
export async function listCredentials(db: Db, servers?: readonly string[]): Promise<Credential[]> {
  const rows = await db.credential.findMany({
    where: { ...(servers && { mailServerId: { in: [...servers] } }), removedAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  return rows.map(credentialOf)
}

/** Kind, slot and mail server of credentials, including removed ones, as far as they exist. */
export type NamedCredential = Awaited<ReturnType<typeof namedCredentials>>[number]
/** @param ids of credentials, and of mail servers for their current and next ones */
export async function namedCredentials(db: Db, ids: readonly string[]) {
  const among = { in: ids.filter(isUuid) }
  const rows = await db.credential.findMany({
    where: { OR: [{ id: among }, { mailServerId: among, slot: { in: ['current', 'next'] }, removedAt: null }] },
    select: { ...NAMED, mailServer: { select: { id: true, name: true } } },
  })
  const firstUses = await db.mailServerRevision.groupBy({
    by: 'credentialId',
    where: {
      mailServerId: { in: rows.map(({ mailServer }) => mailServer.id) },
      credentialId: { in: rows.map(({ id }) => id) },
    },
    _min: { savedAt: true },
  })
  const firstUsedAt = new Map(firstUses.map(({ credentialId, _min }) => [credentialId, _min.savedAt]))
  return rows.map(({ kind, slot, ...row }) => ({
    ...row,
    kind: credentialKind(kind),
    slot: slotOf(slot),
    /** When a revision first used it; null if none has. */
    firstUsedAt: firstUsedAt.get(row.id) ?? null,
  }))
}

const NAMED = { id: true, kind: true, slot: true, currentSince: true, replacedAt: true, removedAt: true } as const

export async function readCredential(db: Db, id: string): Promise<StoredCredential | null> {
  const row = await db.credential.findUnique({ where: { id } })
  return row && storedCredentialOf(row)
}

export interface CredentialChange {
  note?: string
  /** Each has a mail channel for the reminders of their credentials. It is made here, and removed when no credential names the owner any more. */
  owners?: string[]
  /** A changed date counts `expiryVersion` up, so that its reminders start again. */
  expiry?: { at: Date | null; source: Credential['expirySource'] }
}

/**
 * Changes a credential together with the audit entries. A conflict if it is not any more as it was read.
 *
 * @param channel.locale language of the reminders to a new owner
 */
export const updateCredential = (
  { db, clock }: DbDeps,
  before: Pick<Credential, 'id' | 'note' | 'owners' | 'expiryVersion' | 'removedAt'>,
  { expiry, ...texts }: CredentialChange,
  audits: readonly AuditEntry[],
  channel?: { locale: Locale; by: string },
): Promise<Result<void, Conflict>> =>
  inOneStep(db, async (tx) => {
    const now = clock.now()
    const { count } = await tx.credential.updateMany({
      where: { ...pick(before, 'id', 'note', 'expiryVersion', 'removedAt'), owners: { equals: before.owners } },
      data: {
        ...texts,
        ...(expiry && {
          expiresAt: expiry.at,
          expirySource: expiry.at && expiry.source,
          expiryVersion: before.expiryVersion + 1,
        }),
      },
    })
    if (count !== 1) refuse()
    if (texts.owners && channel) await keepOwnerChannels(tx, { owners: texts.owners, ...channel }, now)
    await appendAudits(tx, audits, now)
  })

/**
 * Keeps what Graph says about a credential: its ids and dates. Graph's expiry date becomes the credential's own where none was
 * known, or where the known one also came from Graph.
 *
 * @param more.applicationObjectId left as it is if not given
 */
export async function saveDirectoryFacts(
  { db, clock }: DbDeps,
  credentialId: string,
  { keyId, hint, startsAt, endsAt }: Pick<DirectoryCredential, 'keyId' | 'hint' | 'startsAt' | 'endsAt'>,
  { applicationObjectId, audit = null }: { applicationObjectId?: string; audit?: AuditEntry | null } = {},
): Promise<void> {
  await db.$transaction(async (tx) => {
    const now = clock.now()
    await tx.credential.update({
      where: { id: credentialId },
      data: {
        keyId,
        hint,
        foundExpiresAt: endsAt,
        foundAt: now,
        ...(startsAt && { startsAt }),
        ...(applicationObjectId !== undefined && { applicationObjectId }),
      },
    })
    // A typed date and a certificate's own date stay.
    if (endsAt !== null)
      await tx.credential.updateMany({
        where: { id: credentialId, OR: [{ expiresAt: null }, { expirySource: 'graph', NOT: { expiresAt: endsAt } }] },
        data: { expiresAt: endsAt, expirySource: 'graph', expiryVersion: { increment: 1 } },
      })
    if (audit) await appendAudit(tx, audit, now)
  })
}
