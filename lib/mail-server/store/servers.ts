import { moveRotations } from '../../credentials/store/rotations'
import { type Db, read, type Tx } from '../../db'
import { pick } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import { serverPicked } from '../../policy/rules'
import { loadRules } from '../../policy/store'
import type { OneServer } from '../deps'
import { deliveryOf, NOT_PAUSED } from './pauses'
import { readServers, type ServerRow } from './rows'

/** Their names fit on one page; each one in use costs every page a few statements. */
export const MAIL_SERVERS_MAX = 20

/** All mail servers, in the order of their list. A request that has read the rows already passes them. */
export async function listServers(db: Db, rows: Promise<readonly ServerRow[]> = readServers(db)) {
  return (await rows).map((row) => ({
    ...pick(row, 'id', 'isDefault', 'version', 'sendersVersion', 'failoverId', 'activeFailoverId'),
    /** Null if nothing is saved, or if the stored value cannot be read. */
    settings: storedSettings(row.settings),
    ...deliveryOf(row),
  }))
}
export type ListedServer = Awaited<ReturnType<typeof listServers>>[number]

/** Those that are used, or would be if another one failed: the default server, those that a rule picks, and their failover servers. */
export async function serversInUse(db: Db, rows: readonly ListedServer[]): Promise<ListedServer[]> {
  if (rows.every(({ isDefault }) => isDefault)) return [...rows]
  const rules = await newestRules(db)
  const picked = new Set(rules.flatMap(({ enabled, server }) => (enabled && server !== null ? [server] : [])))
  const used = rows.filter(({ id, isDefault }) => isDefault || picked.has(id))
  const failovers = new Set(used.map(({ failoverId }) => failoverId))
  return rows.filter((row) => used.includes(row) || failovers.has(row.id))
}

/** Its row stays, and its id is never used again. */
export async function isRemoved({ id, db }: OneServer): Promise<boolean> {
  const rows = await read(db)`/* prepared: removed-server */
    SELECT 1 FROM "MailServer" WHERE "id" = ${id}::uuid AND "removedAt" IS NOT NULL`
  return rows.length > 0
}

/** How many messages wait for a mail server, here or at its failover server. */
export function waitingAt(tx: Tx, id: string): Promise<number> {
  const isHere = { OR: [{ mailServerId: id }, { movedFromId: id }] }
  const state = { in: ['queued', 'sending', 'held'] }
  return tx.message.count({ where: { OR: [isHere, { otherQueues: { some: isHere } }], state } })
}

/** The saved rules, on or off. Empty if they cannot be read: then no message of a person is sent at all. */
export async function newestRules(db: Db | Tx): Promise<{ name: string; enabled: boolean; server: string | null }[]> {
  const rules = (await loadRules(db))?.rules?.rules ?? []
  return rules.map(({ name, enabled, outcome }) => ({ name, enabled, server: serverPicked(outcome) }))
}

/** The row stays, because messages and tests refer to it. Its secrets are deleted, and everything under way for them ends. */
export async function markRemoved(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.mailServer.update({
    where: { id },
    data: { removedAt: now, credentialId: null, failoverId: null, ...NOT_PAUSED },
  })
  await tx.credential.updateMany({
    where: { mailServerId: id, removedAt: null },
    data: { slot: 'previous', sealed: null, kid: null, replacedAt: now, removedAt: now, fallbackUntil: null },
  })
  await moveRotations(tx, { mailServerId: id }, 'given-up', now)
  await tx.propagationRetry.updateMany({
    where: { mailServerId: id, endedAt: null },
    data: { endedAt: now, outcome: 'replaced' },
  })
}
