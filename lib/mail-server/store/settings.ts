import { type AuditEntry, appendAudit } from '../../audit'
import { endForReturn } from '../../credentials/store/rotations'
import { abandonNext } from '../../credentials/store/slots'
import { type Db, inOneStep, type Prisma, read, rollBack, type Tx } from '../../db'
import { FIRST_MAIL_SERVER_ID } from '../../db/default-mail-server'
import { SERVERS_LOCK } from '../../db/locks'
import { credentialKind, newId, pick, type Result, type SealedText } from '../../kernel'
import { EXCHANGE_NAME, type MailServerSettings, storedSettings } from '../../kernel/mail-server-settings'
import type { PolicyRules } from '../../policy'
import { writeRules } from '../../policy/store'
import { PROFILE_NAME_CHARS_MAX } from '../../validation/text'

type CredentialRow = Pick<
  Prisma.CredentialGetPayload<object>,
  'id' | 'kind' | 'sealed' | 'kid' | 'thumbprint' | 'digest' | 'expiresAt' | 'createdBy' | 'createdAt'
>
type SettingsRow = Record<'version' | 'sendersVersion', number> & {
  settings: unknown
  revisionDigest: string | null
  verifiedLike: string | null
} & (CredentialRow | { [column in keyof CredentialRow]: null })

export type StoredServer = NonNullable<Awaited<ReturnType<typeof loadServer>>>
/** Null if nothing was saved yet or the mail server was removed. */
export async function loadServer(db: Db, mailServerId: string) {
  const [row] = await read(db)<SettingsRow>`/* prepared: mail-server */
    SELECT m."version", m."settings", c."id", c."kind", c."sealed", c."kid", c."thumbprint",
      c."digest", c."expiresAt", c."createdBy", c."createdAt", r."digest" AS "revisionDigest", r."verifiedLike", m."sendersVersion"
    FROM "MailServer" m LEFT JOIN "Credential" c ON c."id" = m."credentialId"
    LEFT JOIN "MailServerRevision" r ON r."mailServerId" = m."id" AND r."number" = m."version"
    WHERE m."id" = ${mailServerId}::uuid AND m."version" > 0 AND m."removedAt" IS NULL`
  if (!row) return null
  const { revisionDigest: digest, verifiedLike } = row
  return {
    ...pick(row, 'version', 'sendersVersion'),
    /** Null if the stored value cannot be read. */
    settings: storedSettings(row.settings),
    credential: row.id === null ? null : credentialOf(row),
    /** The revision of this version; null if there is none. */
    revision: digest === null ? null : { digest, verifiedLike },
  }
}

export type SavedCredential = ReturnType<typeof credentialOf>
export const credentialOf = (row: CredentialRow) => ({
  // `digest` is keyed, of destination and secret; `thumbprint` is null unless it is a certificate.
  ...pick(row, 'id', 'kid', 'digest', 'thumbprint', 'expiresAt', 'createdBy', 'createdAt'),
  kind: credentialKind(row.kind),
  /** Null if the kind has no secret, or if the secret was removed. */
  sealed: row.sealed as SealedText | null,
})

/** One save: settings, credential, revision, policy rules and audit entries are written together or not at all. */
export interface SettingsWrite {
  /** The version that the change is based on; 0 if nothing was saved yet. */
  basedOn: number
  settings: MailServerSettings
  digest: string
  savedBy: string
  restored?: number // the revision that is restored
  credential:
    | { kind: 'none' }
    | { kind: 'kept'; id: string; expiresAt: Date | null }
    | { kind: 'new'; row: Omit<SavedCredential, 'createdAt'> }
  /**
   * Until when the credential that was current may be used as fallback. Null if the destination changes: then no stored
   * credential is of use any more, and the one prepared as next is discarded.
   */
  previous: { fallbackUntil: Date } | null
  /** The next revision of the policy rules and its audit entry, if the rules follow a new sender address; else null. */
  policy: { basedOn: number; rules: PolicyRules; audit: AuditEntry } | null
  audit: AuditEntry
}

/**
 * Writes one save in one transaction. Nothing is written, not even the audit entry, if another save came first.
 * `secret-removed`: the credential of a restored revision was removed in between, or Microsoft is being asked to remove it.
 */
export const writeSettings = (
  db: Db,
  mailServerId: string,
  write: SettingsWrite,
  now: Date,
): Promise<Result<{ version: number }, 'stale' | 'rules-changed' | 'secret-removed'>> =>
  inOneStep(db, async (tx) => {
    const version = write.basedOn + 1
    await claimVersion(tx, mailServerId, write)
    const credentialId = await writeCredential(tx, mailServerId, write, now)
    await tx.mailServer.update({ where: { id: mailServerId }, data: { credentialId } })
    // If the same settings with the same credential were saved before, a verification of that revision also holds for this one.
    const sameBefore = await tx.mailServerRevision.findFirst({
      where: { mailServerId, digest: write.digest, NOT: { verifiedLike: null } },
      orderBy: { number: 'desc' },
    })
    await tx.mailServerRevision.create({
      data: {
        id: newId(),
        mailServerId,
        number: version,
        credentialId,
        ...pick(write, 'settings', 'digest', 'savedBy'),
        restored: write.restored ?? null,
        verifiedLike: sameBefore?.verifiedLike ?? null,
        savedAt: now,
      },
    })
    if (write.policy) await writeRules(tx, { ...write.policy, savedBy: write.savedBy }, now)
    await appendAudit(tx, write.audit, now)
    if (write.policy) await appendAudit(tx, write.policy.audit, now)
    return { version }
  })

/** Reads well in a sentence. */
const nameFor = (settings: MailServerSettings): string =>
  settings.type === 'smtp' ? settings.host.slice(0, PROFILE_NAME_CHARS_MAX) : EXCHANGE_NAME

/** The name that a mail server has until an administrator chooses another one. It has a number if another mail server has it already. */
async function freeNameFor(tx: Tx, id: string, settings: MailServerSettings): Promise<string> {
  const name = nameFor(settings)
  let free = name
  for (let number = 2; await isTaken(tx, id, free); number++) free = `${name} ${number}`
  return free
}

const isTaken = async (tx: Tx, id: string, name: string): Promise<boolean> =>
  (await tx.mailServer.count({
    where: { id: { not: id }, name: { equals: name, mode: 'insensitive' }, removedAt: null },
  })) > 0

/** Changes the name that the settings before gave to that of the new ones. A chosen name stays. */
async function renameWithSettings(
  tx: Tx,
  id: string,
  before: { name: string; settings: unknown } | null,
  saved: MailServerSettings,
): Promise<void> {
  const settings = storedSettings(before?.settings)
  if (!before || !settings || nameFor(settings) === nameFor(saved)) return
  const [prefix, name] = [nameFor(settings), before.name]
  if (!name.startsWith(prefix) || !/^(?: \d+)?$/.test(name.slice(prefix.length))) return
  await tx.mailServer.update({ where: { id }, data: { name: await freeNameFor(tx, id, saved) } })
}

/** Raises the version. Of any number of saves that are based on the same version one succeeds, and all the others are refused. */
async function claimVersion(
  tx: Tx,
  id: string,
  { basedOn, settings }: Pick<SettingsWrite, 'basedOn' | 'settings'>,
): Promise<void> {
  // It may change a name, as the steps of the list do.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
  const before = await tx.mailServer.findUnique({ where: { id }, select: { name: true, settings: true } })
  const { count } = await tx.mailServer.updateMany({
    where: { id, version: basedOn, removedAt: null },
    data: { version: basedOn + 1, settings },
  })
  if (count === 1) return renameWithSettings(tx, id, before, settings)
  if (basedOn > 0 || id !== FIRST_MAIL_SERVER_ID) return rollBack('stale')
  // Another mail server can be added, and named, before the first one is saved.
  const name = await freeNameFor(tx, id, settings)
  const created = await tx.mailServer.createMany({
    data: [{ id, name, isDefault: true, version: 1, settings }],
    skipDuplicates: true,
  })
  if (created.count !== 1) rollBack('stale')
  // Tests from before the first save belong to this mail server.
  await tx.testRun.updateMany({ where: { mailServerId: null }, data: { mailServerId: id } })
}

/** Makes the credential of this save the current one. Returns its id, or null if the save has none. */
async function writeCredential(tx: Tx, mailServerId: string, { credential, previous }: SettingsWrite, now: Date) {
  const keptId = credential.kind === 'kept' ? credential.id : null
  const id = credential.kind === 'new' ? credential.row.id : keptId
  if (previous === null) {
    await abandonNext(tx, mailServerId, now)
    await tx.credential.updateMany({ where: { mailServerId, slot: 'previous' }, data: { fallbackUntil: null } })
  }
  const before = await tx.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { owners: true } })
  // The row stays, because restoring the revision that names it needs it.
  await tx.credential.updateMany({
    where: { mailServerId, slot: 'current', ...(id !== null && { NOT: { id } }) },
    data: { slot: 'previous', replacedAt: now, fallbackUntil: previous?.fallbackUntil ?? null },
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
  if (credential.kind === 'kept') await keepCredential(tx, mailServerId, credential, now)
  return id
}

async function keepCredential(
  tx: Tx,
  mailServerId: string,
  { id, expiresAt }: Extract<SettingsWrite['credential'], { kind: 'kept' }>,
  now: Date,
): Promise<void> {
  const row = await tx.credential.findUnique({ where: { id, removedAt: null } })
  const isReturning = row?.slot === 'previous'
  if (!row || (isReturning && !(await endForReturn(tx, { mailServerId, credentialId: id }, now))))
    return rollBack('secret-removed')
  const isSameDate = row.expiresAt?.getTime() === expiresAt?.getTime()
  await tx.credential.update({
    where: { id },
    data: {
      ...(isReturning && { slot: 'current', currentSince: now, replacedAt: null, fallbackUntil: null }),
      ...(!isSameDate && { expiresAt, expirySource: expiresAt ? 'typed' : null, expiryVersion: { increment: 1 } }),
    },
  })
}
