import type { Db } from '../../db/client'
import { FIRST_MAIL_SERVER_ID } from '../../db/default-mail-server'
import type { MailServerSettings } from '../../kernel/mail-server-settings'
import { storedSettings } from '../../kernel/mail-server-settings'

/** A mail server's settings as they stand. Null: there is none, or what is stored cannot be read (F-54). */
export async function readServer(
  db: Db,
  mailServerId: string,
): Promise<{ version: number; server: MailServerSettings } | null> {
  const row = await db.mailServer.findUnique({
    where: { id: mailServerId },
    select: { version: true, settings: true },
  })
  const server = row && storedSettings(row.settings)
  return server && { version: row.version, server }
}

/** Which mail servers there are. */
export interface ServerBook {
  defaultId: string
  ids: ReadonlySet<string>
}

export async function readServerBook(db: Db): Promise<ServerBook> {
  const rows = await db.mailServer.findMany({ where: { removedAt: null }, select: { id: true, isDefault: true } })
  // Mail may be accepted before anything is configured.
  const defaultId = rows.find(({ isDefault }) => isDefault)?.id ?? FIRST_MAIL_SERVER_ID
  return { defaultId, ids: new Set([defaultId, ...rows.map(({ id }) => id)]) }
}

/** What a mail server is called, and why it is paused, for the log of its backup. */
export async function readPause(db: Db, mailServerId: string): Promise<{ name: string; code: string | null }> {
  const row = await db.mailServer.findUnique({ where: { id: mailServerId }, select: { name: true, pauseCode: true } })
  return { name: row?.name ?? '', code: row?.pauseCode ?? null }
}
