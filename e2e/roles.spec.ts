import { may as roleMay } from '../lib/access/permissions'
import { PAGE_GATES } from '../tests/support/role-table'
import { expect, test } from './support/fixtures'
import { ask, cookieHeader } from './support/http'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { addOperator, choosePassword, PASSWORDS, type Role } from './support/people'

const MAY: Record<Role, { test: boolean; save: boolean }> = {
  viewer: { test: false, save: false },
  operator: { test: true, save: false },
  admin: { test: true, save: true },
}

for (const [role, may] of Object.entries(MAY)) {
  test(`Z-01 a ${role} sees the settings, and only the buttons that role may press`, async ({
    page,
    signIn,
    simulator,
  }) => {
    await signIn('admin')
    const mailServer = new MailServerPage(page)
    await mailServer.setUpExchange(simulator.facts)

    await signIn(role as Role)
    await mailServer.open()
    await expect(
      page.getByText(simulator.facts.tenantId).or(page.locator(`[value="${simulator.facts.tenantId}"]`)),
    ).toBeVisible()
    await expect(page.getByRole('button', { name: 'Send test message' })).toHaveCount(may.test ? 1 : 0)
    await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(may.save ? 1 : 0)
  })
}

test('an operator tests the saved settings without knowing the secret', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)

  await signIn('operator')
  await mailServer.open()
  await mailServer.field('Test with email address').fill('someone@fabrikam.example')
  await mailServer.test()
  await mailServer.accepted()
  expect(await simulator.mails()).toHaveLength(1)
})

test('N-06 the sixth test within a minute is refused and says when to try again', async ({
  expectConsole,
  page,
  signIn,
  simulator,
}) => {
  await signIn('operator')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  for (let sent = 1; sent <= 5; sent++) {
    await mailServer.test()
    await expect.poll(async () => (await simulator.mails()).length).toBe(sent)
    await mailServer.accepted()
  }
  expectConsole(/status of 429/)
  await mailServer.test()
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/\d+ seconds/)
  expect(await simulator.mails()).toHaveLength(5)
})

test('an administrator names the organisation, which every page and the sign-in page show, without scripts too', async ({
  browser,
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await signIn('admin')
  await page.goto('/system')
  const name = page.getByLabel('Name of the organisation')
  await name.fill('Contoso\u200b')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('main').getByRole('alert')).toContainText('Name of the organisation: ')
  await name.fill('Contoso')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('main').getByRole('status')).toHaveText(['The name is saved.'])
  await expect(page.getByRole('banner').getByText('Contoso', { exact: true })).toBeVisible()
  await looksRight(page, 'system-organisation')

  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: tree.baseUrl, locale: 'en-GB' })
  const plain = await context.newPage()
  await plain.goto('/sign-in')
  await expect(plain.getByText(`Contoso · ${new URL(tree.baseUrl).host}`)).toBeVisible()
  await context.addCookies(await sessionOf('admin'))
  await plain.goto('/system')
  await plain.getByLabel('Name of the organisation').fill('')
  await plain.getByRole('button', { name: 'Save name' }).click()
  await expect(plain.getByText('The name is saved.')).toBeVisible()
  await expect(plain.getByRole('banner').getByText('Contoso', { exact: true })).toHaveCount(0)
  await context.close()

  await signIn('viewer')
  await page.goto('/system')
  await expect(page.getByRole('button', { name: 'Save name' })).toHaveCount(0)
})

test('A-06 without scripts an administrator resets, disables and removes an account, and its owner is led back to the password', async ({
  browser,
  sessionOf,
  tree,
}) => {
  const plain = async (cookies: Awaited<ReturnType<typeof sessionOf>>) => {
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: tree.baseUrl, locale: 'en-GB' })
    await context.addCookies(cookies)
    return context.newPage()
  }
  const admin = await plain(await sessionOf('admin'))
  const owner = await plain([])
  const email = 'lost.phone@contoso.example'
  await choosePassword(owner, await addOperator(email, 'viewer', tree, admin.request), 'viewer')
  await tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = true WHERE email = '${email}';
    INSERT INTO "TwoFactor" (id, secret, "backupCodes", "userId", verified)
      SELECT 'lost', 'none', 'none', id, true FROM "Operator" WHERE email = '${email}'`)
  await owner.goto('/messages')
  await owner.getByLabel('Email address').fill(email)
  await owner.getByLabel('Password').fill(PASSWORDS.viewer)
  await owner.getByRole('button', { name: 'Sign in' }).click()
  await expect(owner).toHaveURL('/sign-in/code?next=%2Fmessages')
  const reloaded = await owner.context().newPage()
  await reloaded.goto(owner.url())

  await admin.goto('/system/operators')
  await admin.getByRole('link', { name: email }).click()
  await admin.getByRole('button', { name: 'Reset second factor' }).click()
  await expect(admin.getByText('Second factor removed. The person has been signed out.')).toBeVisible()
  await expect(admin.getByRole('button', { name: 'Reset second factor' })).toHaveCount(0)
  await owner.getByLabel('Code', { exact: true }).fill('123456')
  await owner.getByRole('button', { name: 'Continue' }).click()
  await reloaded.reload()
  for (const page of [owner, reloaded]) {
    await expect(page).toHaveURL('/sign-in?done=again&next=%2Fmessages')
    await expect(page.getByRole('alert')).toContainText('your second factor was reset. Enter your password again.')
  }

  await admin.getByRole('combobox', { name: 'Role' }).selectOption('operator')
  await admin.getByRole('button', { name: 'Change role' }).click()
  await expect(admin.getByText('Role changed.')).toBeVisible()
  await expect(admin.getByRole('button', { name: 'Create set-up link' })).toBeVisible()
  await admin.getByRole('button', { name: 'Disable account' }).click()
  await expect(admin.getByText('Account disabled and signed out everywhere.')).toBeVisible()
  await expect(admin.getByRole('button', { name: 'Create set-up link' })).toHaveCount(0)
  const confirming = admin.getByLabel('Enter the email address to confirm')
  await confirming.fill('another@contoso.example')
  await admin.getByRole('button', { name: 'Remove account' }).click()
  await expect(admin.getByText('Email address: not that of this account.').first()).toBeVisible()
  await expect(confirming).toHaveValue('another@contoso.example')
  await confirming.fill('Lost.Phone@Contoso.example')
  await admin.getByRole('button', { name: 'Remove account' }).click()
  await expect(admin).toHaveURL('/system/operators?done=removed')
  await expect(admin.getByText('Account removed.')).toBeVisible()

  await admin.getByRole('link', { name: 'admin@contoso.example', exact: true }).click()
  await expect(admin.getByRole('button', { name: 'Change role' })).toBeVisible()
  await expect(admin.getByRole('button', { name: /^(Create set-up link|Reset second factor)$/ })).toHaveCount(0)
  await Promise.all([admin, owner].map((page) => page.context().close()))
})

const NONE = '00000000-0000-4000-8000-0000000000ff'
const MISSING = [
  ...['/credentials/', '/messages/', '/clients/', '/clients/sessions/', '/mail-server/', '/mail-server/tests/'].map(
    (path) => path + NONE,
  ),
  ...['manage', 'revisions', 'tests'].map((part) => `/mail-server/${NONE}/${part}`),
  ...['manage', 'card'].map((part) => `/clients/${NONE}/${part}`),
  ...['/set-up', '/set-up/hand-over'].map((path) => `${path}?server=${NONE}`),
  ...[`/system/operators/${NONE}`, '/senders/none', '/clients/devices/none', '/help/none', '/messages/none'],
  '/no-such-page',
]

/** What a reader without scripts gets: the status, and the headings and title of the page. */
const plainAnswer = ({ status, body }: { status: number; body: string }) => ({
  status,
  heading: /<h1[^>]*>(?:<[^>]+>)*([^<]+)/.exec(body)?.[1],
  title: /<title>([^<]+)<\/title>/.exec(body)?.[1],
})

test('Z-01 a page that is not there, or that the role does not open, says so without scripts', async ({
  page,
  signIn,
  tree,
  sessionOf,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(tree.simulator.facts)
  const reply = async (path: string, role: Role, locale: string) => {
    const { cookie } = cookieHeader(await sessionOf(role))
    return plainAnswer(await ask(tree.baseUrl, path, { headers: { cookie: `${cookie}; locale=${locale}` } }))
  }
  for (const path of MISSING)
    expect([path, await reply(path, 'admin', 'en')]).toEqual([
      path,
      { status: 404, heading: 'Page not found', title: expect.stringMatching(/^.+ · Postroom$/) },
    ])
  const shut = PAGE_GATES.filter(({ gate }) => gate !== 'anyone' && gate !== 'signed-in' && !roleMay('viewer', gate))
  expect(shut.length).toBeGreaterThan(10)
  for (const { path } of shut)
    expect([path, await reply(path.replace('[id]', NONE), 'viewer', 'de')]).toEqual([
      path,
      { status: 403, heading: 'Ihre Rolle erlaubt das nicht', title: expect.stringMatching(/^.+ · Postroom$/) },
    ])
})

test('Z-01 with scripts such a page has the same status and text, and leads on', async ({
  page,
  signIn,
  expectConsole,
}) => {
  await signIn('viewer')
  for (const [path, status, heading] of [
    [`/messages/${NONE}`, 404, 'Page not found'],
    ['/system/sessions', 403, 'Your role does not allow this'],
  ] as const) {
    expectConsole(new RegExp(`status of ${status}`))
    expect((await page.goto(path))?.status()).toBe(status)
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
    await page.getByRole('main').getByRole('link', { name: 'Go to the overview' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  }
})
