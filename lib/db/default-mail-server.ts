import { type Db, read, type Tx } from './client'

/** The first mail server's. A fixed id, so that two first saves at once cannot make two. */
export const FIRST_MAIL_SERVER_ID = '00000000-0000-4000-8000-000000000001'

/** Where mail leaves that no rule sends elsewhere, whether or not it is configured yet. */
export async function defaultMailServerId(db: Db | Tx): Promise<string> {
  const [row] = await read(db)<{ id: string }>`/* prepared: default-mail-server */
    SELECT "id" FROM "MailServer" WHERE "isDefault" LIMIT 1`
  return row?.id ?? FIRST_MAIL_SERVER_ID
}
