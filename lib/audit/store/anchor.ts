import { chainKeysOf, type Db } from '../../db/client'
import type { AnchorFile } from '../anchor'
import { rowHash } from '../chain'
import type { ChainEnd } from '../log'
import { auditRow } from './page'

/** `lost`: what the anchor names is no longer in the record; the anchor then stays as evidence. */
export type Anchoring = { state: 'kept' | 'lost'; end: ChainEnd | null }

/**
 * Moves the anchor on to the newest row, provided that the row it named before is still there: rows that were removed from the
 * end must not be forgotten because the anchor followed. Two small queries.
 */
export async function moveAnchor(db: Db, file: AnchorFile): Promise<Anchoring> {
  const end = await newestRow(db)
  const anchor = file.read()
  if (anchor !== null && anchor !== 'unreadable') {
    const there = await db.auditEvent.findUnique({ where: { sequence: anchor.sequence }, select: { hash: true } })
    if (there?.hash !== anchor.hash && !(await restoredAfter(db, anchor.at))) return { state: 'lost', end }
    if (end?.hash === anchor.hash) return { state: 'kept', end }
  }
  if (end !== null) file.write(end)
  return { state: 'kept', end }
}

const newestRow = (db: Db): Promise<ChainEnd | null> =>
  db.auditEvent.findFirst({ orderBy: { sequence: 'desc' }, select: { sequence: true, hash: true, at: true } })

/** Whether other rows were put in the place of all since then, by somebody who has a key of ours. */
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

/** One is enough; others may be under keys of another host. */
const RESTORES_MAX = 10
