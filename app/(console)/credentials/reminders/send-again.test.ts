import { afterAll, beforeAll, expect, test } from 'vitest'
import { UNTOUCHED } from '@/app/_form/outcome'
import { adminConsole } from '@/tests/support/admin-console'
import { pageRequest } from '@/tests/support/page-request'
import { sendAgainAction } from './actions'

let admin: Awaited<ReturnType<typeof adminConsole>>

beforeAll(async () => {
  admin = await adminConsole()
})
afterAll(() => admin.close())

const press = () => pageRequest(admin.headers).during(() => sendAgainAction(UNTOUCHED, new FormData()))

test('R-16 reminders that are sent again and fail are answered neither as sent nor as started', async () => {
  await expect(press()).rejects.toMatchObject({ digest: expect.stringContaining('done=sent') })
  const { db } = admin.fresh
  await db.$executeRaw`ALTER TABLE "Reminder" RENAME TO "Away"`
  await expect(press()).rejects.toThrow('Reminder')
  await db.$executeRaw`ALTER TABLE "Away" RENAME TO "Reminder"`
})
