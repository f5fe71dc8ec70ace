import { afterAll, beforeAll, expect, test } from 'vitest'
import { UNTOUCHED } from '@/app/_form/outcome'
import { pageRequest } from '@/tests/support/page-request'
import { provideServices, withdrawServices } from '@/tests/support/page-services'
import { person, signedInCookies } from '@/tests/support/people'
import { wholeDeployment } from '@/tests/support/whole'
import { sendAgainAction } from './actions'

const ORIGIN = 'https://post.contoso.example'
const ADMIN = 'admin@contoso.example'

let deployment: Awaited<ReturnType<typeof wholeDeployment>>
let headers: Headers

beforeAll(async () => {
  deployment = await wholeDeployment({ POSTROOM_BASE_URL: ORIGIN, POSTROOM_SECOND_FACTOR: 'none' })
  const { fresh, services } = deployment
  provideServices(services)
  await person(fresh.db, ADMIN, 'admin')
  const cookie = await signedInCookies(services.signIn, ADMIN)
  headers = new Headers({ origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded', cookie })
})
afterAll(() => {
  withdrawServices()
  return deployment.close()
})

const press = () => pageRequest(headers).during(() => sendAgainAction(UNTOUCHED, new FormData()))

test('R-16 reminders that are sent again and fail are answered neither as sent nor as started', async () => {
  await expect(press()).rejects.toMatchObject({ digest: expect.stringContaining('done=sent') })
  const { db } = deployment.fresh
  await db.$executeRaw`ALTER TABLE "Reminder" RENAME TO "Away"`
  await expect(press()).rejects.toThrow('Reminder')
  await db.$executeRaw`ALTER TABLE "Away" RENAME TO "Reminder"`
})
