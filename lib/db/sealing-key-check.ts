import { fail, ok, type Result, type SealBinding, type SealedText, type Vault } from '../kernel'
import { Redacted } from '../kernel/redacted'
import type { Db, Tx } from './client'

/** Not a secret: the check is whether the key opens the sealed form of it. */
const KNOWN_TEXT = 'postroom key check'
const checkBinding = (kid: string): SealBinding => ({ purpose: 'key-check', rowId: kid, context: '' })

type KeyVerdict = 'right' | 'wrong' | 'new'

/** Whether this is the key that the database knows by this id; `new` if the database does not know the id yet. */
export async function keyVerdict(db: Db | Tx, vault: Vault, kid: string): Promise<KeyVerdict> {
  const row = await db.keyCheck.findUnique({ where: { kid } })
  if (!row) return 'new'
  return (await vault.open(row.sealed as SealedText, checkBinding(kid))).ok ? 'right' : 'wrong'
}

/** Stores a check value for the current key unless there is one already, so a wrong key never replaces the right one's. */
export async function leaveKeyCheck(db: Db, vault: Vault): Promise<void> {
  const kid = vault.currentKid()
  const sealed = await vault.seal(new Redacted(KNOWN_TEXT), checkBinding(kid))
  await db.keyCheck.createMany({ data: [{ kid, sealed }], skipDuplicates: true })
}

/** Whether the key that would seal now is the one that this database knows by its id. */
export async function checkSealingKey({ db, vault }: { db: Db; vault: Vault }): Promise<Result<void, { kid: string }>> {
  if (!vault.hasKey) return fail({ kid: (await db.keyCheck.findFirst())?.kid ?? '-' })
  const kid = vault.currentKid()
  if ((await keyVerdict(db, vault, kid)) === 'new') await leaveKeyCheck(db, vault)
  return (await keyVerdict(db, vault, kid)) === 'right' ? ok(undefined) : fail({ kid })
}
