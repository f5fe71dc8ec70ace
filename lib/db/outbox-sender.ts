import type { MailServerSettings } from '../mail-server/settings'
import { storedSettings } from '../mail-server/stored'
import type { Db } from './client'

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
