import { storedSettings } from '../mail-server/stored'
import type { Db } from './client'
import { DEFAULT_MAIL_SERVER_ID } from './mail-server-id'

/** As whom a mail server sends by itself. Null: there is none, or what is stored cannot be read (F-54). */
export async function readSender(
  db: Db,
  mailServerId: string,
): Promise<{ version: number; name: string; address: string } | null> {
  const row = await db.mailServer.findUnique({
    where: { id: mailServerId },
    select: { version: true, settings: true },
  })
  const settings = row && storedSettings(row.settings)
  return settings && { version: row.version, name: settings.senderName, address: settings.senderAddress }
}

/** Where mail waits that no rule sends elsewhere, whether or not it is configured yet. */
export const defaultMailServerId = (): string => DEFAULT_MAIL_SERVER_ID
