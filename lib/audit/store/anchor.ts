import { chainKeysOf, type Db } from '../../db'
import type { AnchorFile } from '../anchor'
import { rowHash } from '../chain'
import type { ChainEnd } from '../entry'
import { auditRow } from './page'

/** `lost`: the row of the anchor is no longer in the log. The anchor is then left unchanged as evidence. */
export type Anchoring = { state: 'kept' | 'lost'; end: ChainEnd | null }

/** Moves the anchor to the newest row if its previous row is still there. Otherwise a removal of rows from the end would be forgotten. */
export async function moveAnchor(db: Db, file: AnchorFile): Promise<Anchoring> {
  const end = await newestRow(db)
  const anchor = file.read()
  if (anchor !== null && anchor !== 'unreadable') {
    const anchoredRow = await db.auditEvent.findUnique({ where: { sequence: anchor.sequence }, select: { hash: true } })
    if (anchoredRow?.hash !== anchor.hash && !(await restoredAfter(db, anchor.at))) return { state: 'lost', end }
    if (end?.hash === anchor.hash) return { state: 'kept', end }
  }
  if (end !== null) file.write(end)
  return { state: 'kept', end }
}

const newestRow = (db: Db): Promise<ChainEnd | null> =>
  db.auditEvent.findFirst({ orderBy: { sequence: 'desc' }, select: { sequence: true, hash: true, at: true } })

/** Whether a restore has replaced all rows since then. Its row must be hashed with one of our keys. */
async function restoredAfter(db: Db, at: Date): Promise<boolean> {
  const restores = await db.auditEvent.findMany({
    where: { action: 'backup.restore', result: 'done', at: { gt: at } },
    orderBy: { at: 'desc' },
    take: RESTORES_MAX,
  })
  return restores.some((row) => {
    const key = chainKeysOf(db).all.find(({ id }) => id === row.keyId)?.key
    return key !== undefined && row.hash === rowHash(auditRow(row), key)
  })
}

/** Restores that are examined. One is enough, but the newest may be hashed with keys of another host. */
const RESTORES_MAX = 10
