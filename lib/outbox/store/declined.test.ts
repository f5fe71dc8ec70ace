import { expect, test } from 'vitest'
import { emptyDatabase } from '../../../tests/support/database'
import { migrate } from '../../db/maintenance/migrate'
import { MIGRATIONS } from '../../db/maintenance/migrations'
import { newId } from '../../kernel'
import { Redacted } from '../../kernel/redacted'

const SERVER = newId()
const HOUR = new Date('2026-11-20T08:00:00Z')
const AT = new Date('2026-11-20T08:59:59.999Z')

test('messages that an earlier version counted as failed because a rule declined them are declined after the migration', async () => {
  const place = MIGRATIONS.findIndex((name) => name.endsWith('_declined'))
  const database = await emptyDatabase()
  const { db } = database
  try {
    expect(await migrate(new Redacted(database.url), { known: MIGRATIONS.slice(0, place) })).toMatchObject({ ok: true })
    const store = async (...states: string[]) => {
      const id = newId()
      await db.$executeRaw`
        INSERT INTO "Message" ("id", "mailServerId", "state", "reason", "source", "subject", "messageId", "sizeBytes", "needsUtf8",
          "acceptedAt", "dueAt", "giveUpAt", "endedAt")
        VALUES (${id}::uuid, ${SERVER}::uuid, 'failed', 'partly', 'reminder', 's', '<1@contoso.example>', 3, false, ${AT}, ${AT}, ${AT}, ${AT})`
      await db.$executeRaw`INSERT INTO "MessageBody" VALUES (${id}::uuid, 'x')`
      for (const [position, state] of states.entries())
        await db.$executeRaw`
          INSERT INTO "Recipient" ("messageId", "position", "address", "state")
          VALUES (${id}::uuid, ${position}::smallint, 'a@adatum.example', ${state})`
      return id
    }
    const wholly = await store('declined', 'declined')
    const partly = await store('declined', 'delivered')
    const mixed = await store('declined', 'failed')
    const failed = await store('failed')
    await db.$executeRaw`
      INSERT INTO "MailboxHour" ("mailServerId", "mailbox", "hour", "delivered", "failed") VALUES (${SERVER}::uuid, '', ${HOUR}, 7, 4)`

    expect(await migrate(new Redacted(database.url))).toMatchObject({ ok: true })
    const now = async (id: string) =>
      db.message.findUniqueOrThrow({
        where: { id },
        select: { state: true, reason: true, body: { select: { messageId: true } } },
      })
    expect(await now(wholly)).toEqual({ state: 'declined', reason: 'declined-by-rule', body: null })
    expect(await now(partly)).toEqual({ state: 'delivered', reason: 'declined-in-part', body: null })
    for (const id of [mixed, failed])
      expect(await now(id)).toEqual({ state: 'failed', reason: 'partly', body: { messageId: id } })
    expect(await db.mailboxHour.findMany()).toMatchObject([{ delivered: 8 }])
  } finally {
    await database.drop()
  }
})
