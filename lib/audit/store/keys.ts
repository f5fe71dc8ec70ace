import { chainKeysOf, type Db } from '../../db'
import { remembered, type SealBinding, type SealedText, type Vault } from '../../kernel'
import { isKeyOf } from '../../kernel/derive-key'
import { Redacted } from '../../kernel/redacted'

const bindingOf = (id: string): SealBinding => ({ purpose: 'audit-key', rowId: id, context: '' })

/** Stores every key of this process, sealed, so that its rows can be checked when the origin of the key is gone. */
export async function storeChainKeys(db: Db, vault: Vault): Promise<void> {
  const { all } = chainKeysOf(db)
  const stored = await db.auditKey.findMany({ where: { id: { in: all.map(({ id }) => id) } }, select: { id: true } })
  const missing = all.filter(({ id }) => !stored.some((row) => row.id === id))
  for (const { id, key } of missing) {
    const sealed = await vault.seal(new Redacted(key.toString('base64')), bindingOf(id))
    await db.auditKey.createMany({ data: [{ id, sealed, kid: vault.currentKid() }], skipDuplicates: true })
  }
}

/** Reseals keys under the current sealing key. A key that cannot be opened is left as it is: its rows cannot be checked either way. */
export async function resealChainKeys(db: Db, vault: Vault): Promise<void> {
  const kid = vault.currentKid()
  for (const row of await db.auditKey.findMany({ where: { NOT: { kid } } })) {
    const opened = await vault.open(row.sealed as SealedText, bindingOf(row.id))
    if (!opened.ok) continue
    const sealed = await vault.seal(opened.value, bindingOf(row.id))
    await db.auditKey.update({ where: { id: row.id }, data: { sealed, kid } })
  }
}

/** Sealing keys without which rows of the log could not be checked. */
export async function kidsOfChainKeys(db: Db): Promise<Set<string>> {
  const { all } = chainKeysOf(db)
  const rows = await db.auditKey.findMany({ select: { id: true, kid: true } })
  const notKept = all.filter(({ id }) => !rows.some((row) => row.id === id)).map(({ id }) => id.split('.')[0] ?? '')
  return new Set([...rows.map(({ kid }) => kid), ...notKept])
}

/**
 * Finds the key of a row: a key of this process, else a stored one. Each key is looked up once. The sealing key may have
 * another id by now: of two keys that had one id, a key file can hold both only so.
 */
export const keyFinder = (db: Db, vault?: Vault) =>
  remembered(async (id: string): Promise<Buffer | null> => {
    const chainKey = chainKeysOf(db).all.find(({ key }) => isKeyOf(id, key))
    if (chainKey || !vault) return chainKey?.key ?? null
    const rows = await db.auditKey.findMany({ where: { id: { endsWith: id.slice(id.indexOf('.')) } } })
    for (const row of rows) {
      const opened = await vault.open(row.sealed as SealedText, bindingOf(row.id))
      const key = opened.ok ? Buffer.from(opened.value.reveal(), 'base64') : null
      if (key && isKeyOf(id, key)) return key
    }
    return null
  })
