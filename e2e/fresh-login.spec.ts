import type { Browser, Page } from '@playwright/test'
import { callWithin, exchangeFields, saveExchange } from './support/calls'
import { type Cookies, expect, OLD_MINUTES, oldSession, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { MailServerPage } from './support/mail-server-page'
import { emailOf, PASSWORDS } from './support/people'
import type { Tree } from './support/tree'

/** More than half of the quarter of an hour for which a seed waits, within which a sign-in stays fresh. */
const HALF_MINUTES = 8

/** A window of this test alone, with an old session: confirming ends the session it was done in. */
async function windowWith(cookies: Cookies, tree: Tree, browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
  await context.addCookies(cookies)
  return context.newPage()
}

const staleAdmin = async (tree: Tree, browser: Browser): Promise<Page> =>
  windowWith(await oldSession('admin', tree, browser), tree, browser)

const rows = (tree: Tree) =>
  tree.query<{ row: string }>(`SELECT action || ' ' || result AS row FROM "AuditEvent"
    WHERE action LIKE 'sign-in.confirm%' OR action IN ('mail-server.save', 'operator.create', 'session.revoke')
    ORDER BY sequence`)

/** What the trail gained. */
async function gained(tree: Tree, work: () => Promise<void>): Promise<string[]> {
  const before = (await rows(tree)).length
  await work()
  return (await rows(tree)).slice(before).map(({ row }) => row)
}

/** An old session asks for a page, is led to the confirmation and, with the password, back to the page. */
async function confirmsFor(old: Page, path: string): Promise<void> {
  await old.goto(path)
  await expect(old).toHaveURL(`/confirm?next=${encodeURIComponent(path)}`)
  await expect(old.getByLabel('Current password')).toBeFocused()
  await old.keyboard.insertText(PASSWORDS.admin)
  await old.keyboard.press('Enter')
  await expect(old).toHaveURL(path)
}

test('A-09 a secret that is shown once is shown to no old session until it confirms', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await sessionOf('admin')
  const old = await staleAdmin(tree, browser)
  const fresh = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await fresh.open('/clients/add?way=login&name=Scanner&senders=scanner@contoso.example')
  await fresh.press('Add client')
  expect(fresh.path).toBe('/account/notice')
  const password = fresh.codeTexts().at(-1) ?? 'none is shown'
  const rows = await gained(tree, async () => {
    await confirmsFor(old, '/account/notice')
    await expect(old.locator('main pre').last()).toHaveText(password)
  })
  expect(rows).toEqual(['sign-in.confirm-demanded refused', 'sign-in.confirm done'])
  await old.context().close()
})

test('A-09 the seed of a second factor is neither shown to an old session nor confirmed by it', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await sessionOf('admin')
  const old = await staleAdmin(tree, browser)
  const page = await staleAdmin(tree, browser)
  await page.goto('/enrol')
  await page.getByLabel('Password').fill(PASSWORDS.admin)
  await page.getByRole('button', { name: 'Begin' }).click()
  const seed = page.locator('main p.font-mono')
  await expect(seed).toBeVisible()
  try {
    const added = await gained(tree, async () => {
      const call = await callWithin(old.request, tree.baseUrl, 'enrol/actions.ts#confirmAction', { code: '000000' })
      expect(call.redirect).toContain('/confirm?next=%2Fenrol%3Fexpired%3D1')
      await tree.age(HALF_MINUTES)
      await confirmsFor(old, '/enrol')
      await expect(old.locator('main p.font-mono')).toHaveText((await seed.textContent()) ?? '')
    })
    expect(added).toEqual([
      'sign-in.confirm-demanded refused',
      'sign-in.confirm-demanded refused',
      'sign-in.confirm done',
    ])
    await tree.age(HALF_MINUTES)
    await old.getByRole('textbox').fill('000000')
    await old.getByRole('button', { name: 'Switch on' }).click()
    await expect(old.getByRole('main').getByRole('alert')).toContainText('This code is no longer valid.')
    await expect(old.getByRole('button', { name: 'Begin' })).toBeVisible()
  } finally {
    await tree.query('DELETE FROM "TwoFactor"')
  }
  await page.context().close()
  await old.context().close()
})

test('A-09 the page that confirms a session marks the password or the code that is wrong, and it has the focus', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await sessionOf('admin')
  const page = await staleAdmin(tree, browser)
  const demandCode = (on: boolean) =>
    tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = ${on} WHERE email = '${emailOf('admin')}'`)
  await demandCode(true)
  try {
    await page.goto('/confirm')
    for (const [password, wrong] of [
      ['not the password', 'confirmPassword'],
      [PASSWORDS.admin, 'confirmCode'],
    ] as const) {
      await page.getByLabel('Current password').fill(password)
      await page.getByLabel('Code', { exact: true }).fill('not a code')
      await page.getByRole('button', { name: 'Confirm' }).click()
      await expect(page.locator(`[name="${wrong}"]:focus`)).toHaveAccessibleDescription(/incorrect/)
      await expect(page.locator('[aria-invalid="true"]')).toHaveCount(1)
    }
  } finally {
    await demandCode(false)
  }
  await page.context().close()
})

test('A-09 an old session confirms inside the form and is done at once, keeping what was typed', async ({
  browser,
  sessionOf,
  simulator,
  tree,
}) => {
  await sessionOf('admin')
  const page = await staleAdmin(tree, browser)
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  const again = page.getByLabel('Current password')
  const rows = await gained(tree, async () => {
    await mailServer.save()
    await expect(again).toBeFocused()
    await expect(page.getByRole('button', { name: /\bsave\b/i })).toHaveText(['Save changes'])
    await again.fill('not the password')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expect(page.getByText('Current password: incorrect')).toBeVisible()
    await expect(mailServer.field('Client Secret')).toHaveValue(simulator.facts.clientSecret)
    const before = await page.context().cookies()
    await again.fill(PASSWORDS.admin)
    await page.getByRole('button', { name: 'Save changes' }).click()
    await mailServer.saved(1)
    await expect(again).toHaveCount(0)

    const thief = await browser.newContext({ baseURL: tree.baseUrl })
    await thief.addCookies(before)
    const theirs = await thief.newPage()
    await theirs.goto('/mail-server')
    await expect(theirs).toHaveURL(/\/sign-in/)
    await thief.close()
  })
  expect(rows).toEqual([
    'sign-in.confirm-demanded refused',
    'sign-in.confirm refused',
    'sign-in.confirm done',
    'mail-server.save done',
  ])

  await tree.age(OLD_MINUTES)
  await mailServer.field('Sender name').fill('Another name')
  expect(
    await gained(tree, async () => {
      await mailServer.save()
      await mailServer.saved(2)
    }),
  ).toEqual(['mail-server.save done'])
  await page.context().close()
})

test('A-09 without scripts too: the form, a button, and people', async ({ browser, sessionOf, simulator, tree }) => {
  await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  const { clientSecret, tenantId } = simulator.facts
  const confirmPassword = PASSWORDS.admin
  await client.open('/mail-server')
  await client.press('Save changes', exchangeFields(simulator.facts))
  expect(client.valueOf('tenantId')).toBe(tenantId)
  await client.press('Save changes', { confirmPassword, clientSecret })
  expect(client.text).toContain('Saved as revision 1.')

  await tree.age(OLD_MINUTES)
  await client.open('/system/operators')
  await client.press('Create link', { newEmail: 'new@contoso.example' })
  expect(client.text).toContain('Confirm that it is you')
  await client.press('Create link', { confirmPassword })
  expect(client.heading).toBe('Set-up link')

  await tree.age(OLD_MINUTES)
  await client.open('/system/operators')
  await client.press('End', { session: client.valueOf('session') ?? '' })
  expect(client.path).toMatch(/^\/confirm\?next=/)
  await client.press('Confirm', { confirmPassword })
  expect(client.path).toBe('/system/operators')

  // Its person renews a session by confirming the password, and the list that is open still has the previous one.
  await tree.query(`INSERT INTO "Session" (id, token, "userId", "expiresAt", "lastSeenAt", "createdAt", "updatedAt")
    SELECT 'renewed', 'renewed', "userId", "expiresAt", "lastSeenAt", "createdAt", "updatedAt" FROM "Session" ORDER BY "lastSeenAt" DESC LIMIT 1`)
  await client.open('/system/operators')
  await tree.query(`DELETE FROM "Session" WHERE id = 'renewed'`)
  await client.press('End', { session: 'renewed' })
  expect(client.text).toContain('That session no longer exists')

  await tree.age(OLD_MINUTES)
  const path = '/clients/00000000-0000-4000-8000-00000000c11f'
  await tree.query(`INSERT INTO "Client" ("id", "name", "kind", "way", "senders", "networks", "createdBy", "createdAt")
    VALUES ('00000000-0000-4000-8000-00000000c11f', 'Scale', 'printer', 'network', '{scale@contoso.example}', '{192.0.2.8}', 'a test', now())`)
  await client.open(path)
  await client.press('Disable client')
  expect(client.text).toContain('Client disabled.')
  await client.press('Enable client')
  await client.press('Confirm', { confirmPassword })
  expect(client.path + client.hash).toBe(`${path}#access`)
  await client.press('Enable client')
  expect(client.text).toContain('Client enabled.')
  await tree.query(`DELETE FROM "Client" WHERE "name" = 'Scale'`)
  await tree.query(`DELETE FROM "Operator" WHERE email = 'new@contoso.example'`)
})

test('A-09 alerts and reminders are silenced in an old session only with the password', async ({
  browser,
  sessionOf,
  simulator,
  tree,
}) => {
  await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  const confirmPassword = PASSWORDS.admin
  const save = async (path: string, button: string, typed: Record<string, string>, said: string) => {
    await client.open(path)
    await client.press(button, typed)
    expect(client.text).toContain('Confirm that it is you')
    await client.press(button, { confirmPassword })
    expect(client.text).toContain(said)
  }
  await save('/credentials/alerts', 'Save changes', { repeatHours: '12' }, 'The settings are saved.')
  await tree.age(OLD_MINUTES)
  await save('/credentials/reminders', 'Save days', { days: '30' }, 'The days are saved.')
  const webhook = { kind: 'webhook', about: 'notifications', name: 'Hook', url: simulator.facts.webhookUrl }
  await client.press('Add the channel', webhook)
  await client.press('I have saved it')
  await tree.age(OLD_MINUTES)
  const [row] = await tree.query<{ id: string }>('SELECT id FROM "NotificationChannel"')
  await save(`/credentials/reminders?change=${row?.id}`, 'Save Hook', { name: 'Quiet' }, 'The channel is changed.')
})

/** A second mail server with the settings of the first one, and a rule that names neither. */
async function branchAndRule(tree: Tree): Promise<string> {
  const branch = '7a0f0000-0000-4000-8000-000000000000'
  const outcome = { verdict: 'allow', sender: null, individual: false, server: null }
  const rule = { id: 'b', name: 'Branch', enabled: true, senders: [], recipients: [], outcome }
  await tree.query(`INSERT INTO "MailServer" ("id", "name", "version", "settings", "updatedAt")
      SELECT '${branch}', 'Branch office', 1, "settings", now() FROM "MailServer";
    INSERT INTO "PolicyRevision" ("number", "rules", "savedBy", "savedAt")
      VALUES (1, '${JSON.stringify({ rules: [rule], otherwise: 'allow' })}', 'a test', now())`)
  return branch
}

test('A-09 rules that use another mail server are saved and restored once the password is confirmed, with and without scripts', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const server = await branchAndRule(tree)
  const client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  await client.open('/policy')
  await client.press('Save changes', { 'name.b': 'Branches', 'server.b': server })
  const typed = () => ['name.b', 'server.b'].map(client.valueOf)
  expect(typed()).toEqual(['Branches', server])
  const wrong = () => client.press('Save changes', { confirmPassword: 'not the password' })
  expect(await gained(tree, wrong)).toEqual(['sign-in.confirm refused'])
  expect(client.text).toContain('Current password: incorrect')
  expect(typed()).toEqual(['Branches', server])
  await client.press('Save changes', { confirmPassword: PASSWORDS.admin })
  expect(client.text).toContain('Saved as revision 2.')

  const page = await staleAdmin(tree, browser)
  const again = page.getByLabel('Current password')
  await page.goto('/policy/revisions')
  await page.getByRole('button', { name: 'Restore revision 1' }).click()
  await again.fill(PASSWORDS.admin)
  await again.press('Enter')
  await expect(page.getByRole('status')).toHaveText(['Restored: the rules are saved as revision 3.'])
  await expect(page.getByText('Copy of revision 1')).toBeVisible()
  await tree.age(OLD_MINUTES)
  await page.goto('/policy')
  await page.locator('#rule-b summary').first().click()
  await page.getByLabel('Mail server', { exact: true }).selectOption('Branch office')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(again).toBeFocused()
  await again.fill(PASSWORDS.admin)
  // What was chosen and typed before may still be on its way.
  const preview = page.waitForRequest(
    (sent) => sent.url().endsWith('/policy/preview') && sent.postData()?.includes('Branches') === true,
  )
  await page.getByLabel('Name', { exact: true }).fill('Branches')
  const previewed = (await preview).postData()
  expect(previewed).toContain('Branches')
  expect(previewed).not.toContain(PASSWORDS.admin)
  await again.press('Enter')
  await expect(page.getByText('Saved as revision 4.')).toBeVisible()
  await expect(again).toHaveCount(0)
  await page.context().close()
})

test('the forms for a new client and for learning mode name their errors before they ask an old session for the password', async ({
  tree,
  browser,
  sessionOf,
}) => {
  await sessionOf('admin')
  const page = await staleAdmin(tree, browser)
  await page.goto('/clients/learning')
  await page.getByRole('button', { name: 'Start learning mode' }).click()
  await expect(page.locator('#answer-note')).toContainText('Allowed networks')
  await expect(page.getByLabel('Current password')).toBeHidden()
  const add = page.getByRole('button', { name: 'Add client' })
  await page.goto('/clients/add?way=login')
  await add.click()
  await expect(page.locator('#answer-note')).toContainText('Allowed senders')
  await expect(page.getByLabel('Current password')).toBeHidden()
  await page.getByLabel('Name', { exact: true }).fill('Scanner')
  await page.getByLabel('Allowed senders').fill('scanner@contoso.example')
  await add.click()
  await expect(page.getByLabel('Current password')).toBeVisible()
  expect(await tree.query('SELECT id FROM "Client"')).toEqual([])
  await page.context().close()
})

test('another person’s changes of a client are shown although the sign-in is confirmed in between', async ({
  tree,
  browser,
  sessionOf,
}) => {
  await sessionOf('admin')
  const page = await staleAdmin(tree, browser)
  await tree.query(`INSERT INTO "Client" ("id", "name", "kind", "way", "senders", "networks", "createdBy", "createdAt")
    VALUES ('00000000-0000-4000-8000-00000000c11e', 'Press', 'printer', 'network', '{press@contoso.example}', '{192.0.2.7}', 'a test', now())`)
  await page.goto('/clients/00000000-0000-4000-8000-00000000c11e')
  await page.getByLabel('Place').fill('Room 4')
  await page.getByLabel('Owner').fill('press')
  await tree.query(`UPDATE "Client" SET "place" = 'Room 5', "version" = 2`)
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByLabel('Current password').fill(PASSWORDS.admin)
  await page.getByRole('button', { name: 'Save changes' }).click()
  const note = page.getByRole('region', { name: 'saved' })
  await expect(note).toContainText('PlaceYoursRoom 4SavedRoom 5')
  await expect(page.getByLabel('Place')).toHaveValue('Room 4')
  await expect(page.getByLabel('Owner')).toHaveValue('press')
  await page.getByLabel('Owner').fill('')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Changes saved.')).toBeVisible()
  await expect(note).toBeHidden()
  expect(await tree.query('SELECT place FROM "Client"')).toEqual([{ place: 'Room 4' }])
  await tree.query('DELETE FROM "Client"')
  await page.context().close()
})
