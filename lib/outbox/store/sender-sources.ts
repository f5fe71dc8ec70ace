import type { Db } from '../../db'
import { FIRST_MAIL_SERVER_ID } from '../../db/default-mail-server'
import { storedSettings } from '../../kernel/mail-server-settings'

/** The saved settings of a mail server; null if there is none, or if the stored settings cannot be read. */
export async function readServer(db: Db, mailServerId: string) {
  const row = await db.mailServer.findUnique({
    where: { id: mailServerId },
    select: { version: true, settings: true },
  })
  const server = row && storedSettings(row.settings)
  return server && { version: row.version, server }
}

export type ServerIds = Awaited<ReturnType<typeof readServerIds>>
export async function readServerIds(db: Db) {
  const select = { id: true, isDefault: true, version: true }
  const rows = await db.mailServer.findMany({ where: { removedAt: null }, select })
  // Messages may be accepted before anything is configured.
  const defaultId = rows.find(({ isDefault }) => isDefault)?.id ?? FIRST_MAIL_SERVER_ID
  return { defaultId, versions: new Map([[defaultId, 0], ...rows.map(({ id, version }) => [id, version] as const)]) }
}

/** The name of a mail server and why it is paused, for the log of its failover server. */
export async function readPause(db: Db, mailServerId: string): Promise<{ name: string; code: string | null }> {
  const row = await db.mailServer.findUnique({ where: { id: mailServerId }, select: { name: true, pauseCode: true } })
  return { name: row?.name ?? '', code: row?.pauseCode ?? null }
}
