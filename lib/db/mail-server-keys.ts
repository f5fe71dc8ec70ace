import type { Cloud } from '../kernel/clouds'
import { destinationText } from '../kernel/destination'
import { Redacted } from '../kernel/redacted'
import { fail, ok } from '../kernel/result'
import { credentialBinding, type SealBinding, type SealedText, type Vault } from '../kernel/sealing'
import type { KeysSound } from '../mail-server/ports'
import { destinationOf } from '../mail-server/settings'
import { storedSettings } from '../mail-server/stored'
import type { Db, Tx } from './client'
import type { Prisma } from './generated/client'

/** Known to everybody; what counts is whether the key opens it (S-10). */
const KNOWN_TEXT = 'postroom key check'
const checkBinding = (kid: string): SealBinding => ({ purpose: 'key-check', rowId: kid, context: '' })

/**
 * Every column that holds a sealed text, and what rotation does with it. A test compares this with the schema, so that a
 * new column cannot be forgotten (S-08).
 */
export const SEALED_COLUMNS = {
  'Credential.sealed': 'sealed anew under the current key',
  'KeyCheck.sealed': 'stays: it tells what its own key is',
} as const

export type KeyVerdict = 'right' | 'wrong' | 'new'

/** How a key stands to this database: `new` has sealed nothing here yet. */
export async function keyVerdict(db: Db | Tx, vault: Vault, kid: string): Promise<KeyVerdict> {
  const row = await db.keyCheck.findUnique({ where: { kid } })
  if (!row) return 'new'
  return (await vault.open(row.sealed as SealedText, checkBinding(kid))).ok ? 'right' : 'wrong'
}

/** Leaves the check value of the key that seals now, once. A wrong key never overwrites the right one's. */
export async function leaveKeyCheck(db: Db, vault: Vault): Promise<void> {
  const kid = vault.currentKid()
  const sealed = await vault.seal(new Redacted(KNOWN_TEXT), checkBinding(kid))
  await db.keyCheck.createMany({ data: [{ kid, sealed }], skipDuplicates: true })
}

export function createKeysSound(db: Db, vault: Vault, kids: readonly string[]): KeysSound {
  return async () => {
    const [current] = kids
    if (current === undefined) return fail({ kid: (await knownKids(db))[0] ?? '-' })
    if ((await keyVerdict(db, vault, current)) === 'new') await leaveKeyCheck(db, vault)
    return (await keyVerdict(db, vault, current)) === 'right' ? ok(undefined) : fail({ kid: current })
  }
}

/** Every key id that this database names, with how many secrets it seals. */
export async function rowsByKid(db: Db): Promise<Map<string, number>> {
  const [sealed, checks] = await Promise.all([
    db.credential.groupBy({ by: ['kid'], where: { sealed: { not: null } }, _count: { _all: true } }),
    db.keyCheck.findMany({ select: { kid: true } }),
  ])
  return new Map([
    ...checks.map(({ kid }) => [kid, 0] as const),
    ...sealed.map(({ kid, _count }) => [kid ?? '', _count._all] as const),
  ])
}

const knownKids = async (db: Db): Promise<string[]> => [...(await rowsByKid(db)).keys()]

export type Resealed = 'done' | 'unreadable'

/**
 * Ids of the secrets not yet under `kid`, oldest first. All of them, since rotation names each one that does not open
 * before it begins; a deployment has as many as it had secrets.
 */
export async function credentialsNotUnder(db: Db, kid: string): Promise<string[]> {
  const rows = await db.credential.findMany({
    where: { sealed: { not: null }, NOT: { kid } },
    orderBy: { createdAt: 'asc' },
    select: { id: true },
  })
  return rows.map(({ id }) => id)
}

/**
 * Opens one secret and, unless it is only a trial, seals it anew under the current key: in one transaction with its row
 * locked, so a save at the same time waits, and a crash leaves the row as it was or as it will be.
 */
export async function resealCredential(
  db: Db,
  { id, vault, clouds, trial }: { id: string; vault: Vault; clouds: readonly Cloud[]; trial: boolean },
): Promise<Resealed> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Credential" WHERE "id" = ${id}::uuid FOR UPDATE`
    const row = await tx.credential.findUnique({ where: { id } })
    if (!row?.sealed) return 'done'
    for (const context of await contextsOf(tx, id, clouds)) {
      const binding = credentialBinding(id, context)
      const opened = await vault.open(row.sealed as SealedText, binding)
      if (!opened.ok) continue
      if (!trial && row.kid !== vault.currentKid()) {
        const sealed = await vault.seal(opened.value, binding)
        await tx.credential.update({ where: { id }, data: { sealed, kid: vault.currentKid() } })
      }
      return 'done'
    }
    return 'unreadable'
  })
}

/** The destinations that saved states name for this secret. There is one, unless somebody edited the database. */
async function contextsOf(tx: Tx, credentialId: string, clouds: readonly Cloud[]): Promise<string[]> {
  const rows: { settings: Prisma.JsonValue }[] = await tx.mailServerRevision.findMany({
    where: { credentialId },
    orderBy: { number: 'desc' },
    select: { settings: true },
  })
  const contexts = rows.flatMap(({ settings }) => {
    const read = storedSettings(settings)
    const destination = read && destinationOf(read, clouds)
    return destination ? [destinationText(destination)] : []
  })
  return [...new Set(contexts)]
}
