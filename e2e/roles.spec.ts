import { may as roleMay } from '../lib/access/permissions'
import { PAGE_GATES } from '../tests/support/role-table'
import { exchangeFields, mailServerForm, RECIPIENT, saveExchange, startTest } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { ask, cookieHeader, textOf } from './support/http'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { PASSWORDS, type Role } from './support/people'

const MAY: Record<Role, { test: boolean; save: boolean }> = {
  viewer: { test: false, save: false },
  operator: { test: true, save: false },
  admin: { test: true, save: true },
}

for (const [role, may] of Object.entries(MAY))
  test(`Z-01 a ${role} sees the settings, and only the buttons that role may press`, async ({
    sessionOf,
    simulator,
    tree,
  }) => {
    await saveExchange(tree, await sessionOf('admin'))
    const client = new FormClient(tree.baseUrl, await sessionOf(role as Role))
    await client.open('/mail-server')
    expect(client.valueOf('tenantId') ?? client.text).toContain(simulator.facts.tenantId)
    expect(client.buttons.includes('Send test message')).toBe(may.test)
    expect(client.buttons.includes('Save changes')).toBe(may.save)
  })

test('Z-01 senders, reminders and calendar say to a viewer who can change them', async ({ sessionOf, tree }) => {
  await saveExchange(tree, await sessionOf('admin'))
  await tree.query(`INSERT INTO "NotificationChannel" (id, kind, name, address, enabled, "createdBy", "createdAt", "updatedAt")
    VALUES (gen_random_uuid(), 'mail', 'Mail team', 'mail-team@contoso.example', true, 'admin', now(), now())`)
  const client = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  for (const [path, text] of [
    ['/senders', 'Operators can verify senders; administrators can add and change them.'],
    ['/credentials/reminders', 'Administrators can change channels, days and the weekly report.'],
    ['/credentials/calendar', 'Administrators can create and revoke addresses.'],
  ] as const) {
    await client.open(path)
    expect(client.text).toContain(text)
  }
})

test('an operator tests the saved settings without knowing the secret', async ({ sessionOf, simulator, tree }) => {
  await saveExchange(tree, await sessionOf('admin'))
  const client = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
  expect(await simulator.mails()).toHaveLength(1)
})

test('N-06 the sixth test within a minute is refused and says when to try again', async ({
  expectConsole,
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const operator = await sessionOf('operator')
  for (let sent = 1; sent <= 5; sent++)
    await (await startTest(tree, operator, mailServerForm(exchangeFields(simulator.facts)))).text()
  expect(await simulator.mails()).toHaveLength(5)
  await signIn('operator')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  expectConsole(/status of 429/)
  await mailServer.test()
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/\d+ seconds/)
  expect(await simulator.mails()).toHaveLength(5)
})

test('an administrator names the organisation, which every page and the sign-in page show, without scripts too', async ({
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
  await expect(name).toHaveAccessibleDescription(/Name of the organisation: /)
  await expect(name).toBeFocused()
  await name.fill('Contoso')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('main').getByRole('status')).toHaveText(['The name is saved.'])
  await expect(page.getByRole('banner').getByText('Contoso', { exact: true })).toBeVisible()
  await looksRight(page, 'system-organisation')

  const anyone = new FormClient(tree.baseUrl, [])
  await anyone.open('/sign-in')
  expect(textOf(anyone.html)).toContain(`Contoso · ${new URL(tree.baseUrl).host}`)
  const admin = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await admin.open('/system')
  await admin.press('Save name', { organisation: '' })
  expect(admin.text).toContain('The name is saved.')
  expect(admin.rail).toContain('Overview')
  expect(admin.rail).not.toContain('Contoso')

  const viewer = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await viewer.open('/system')
  expect(viewer.buttons).not.toContain('Save name')
})

test('A-06 without scripts an administrator resets, disables and removes an account, and its owner is led back to the password', async ({
  sessionOf,
  tree,
}) => {
  const admin = new FormClient(tree.baseUrl, await sessionOf('admin'))
  const email = 'lost.phone@contoso.example'
  await admin.open('/system/operators')
  await admin.press('Create link', { newEmail: email, newRole: 'viewer' })
  const [link = `no link in ${admin.text}`] = /\/setup\?token=[\w-]+/.exec(admin.html) ?? []
  const owner = new FormClient(tree.baseUrl, [])
  await owner.open(link)
  await owner.press('Set password', { password: PASSWORDS.viewer })
  expect(owner.text).toContain('Your password is set')
  await tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = true WHERE email = '${email}';
    INSERT INTO "TwoFactor" (id, secret, "backupCodes", "userId", verified)
      SELECT 'lost', 'none', 'none', id, true FROM "Operator" WHERE email = '${email}'`)
  await owner.open('/messages')
  await owner.press('Sign in', { email, password: PASSWORDS.viewer })
  expect(owner.path).toBe('/sign-in/code?next=%2Fmessages')
  const reloaded = owner.another()

  await admin.open('/system/operators')
  await admin.follow(email)
  await admin.press('Reset second factor')
  expect(admin.text).toContain(
    'Second factor removed. The person has been signed out. The person was not notified by mail',
  )
  expect(admin.text).toContain('Tell them yourself')
  expect(admin.html).toMatch(/role="status" class="[^"]*bg-warn-wash[^"]*"><div class="contents">/)
  expect(admin.buttons).not.toContain('Reset second factor')
  await owner.press('Continue', { code: '123456' })
  await reloaded.open('/sign-in/code?next=%2Fmessages')
  for (const { path, text } of [owner, reloaded]) {
    expect(path).toBe('/sign-in?done=again&next=%2Fmessages')
    expect(text).toContain('a code has already been accepted, or your second factor was reset.')
  }

  await admin.press('Change role', { role: 'operator' })
  expect(admin.text).toContain('Role changed.')
  expect(admin.buttons).toContain('Create set-up link')
  await admin.press('Disable account')
  expect(admin.text).toContain('Account disabled and signed out everywhere.')
  expect(admin.buttons).not.toContain('Create set-up link')
  // The address remains as an owner, with links to where another one is entered.
  for (const href of ['/credentials?owner=lost.phone%40contoso.example', '/clients?text=lost.phone%40contoso.example'])
    expect(admin.html).toContain(`href="${href}"`)
  await admin.press('Remove account', { confirm: 'another@contoso.example' })
  expect(admin.text).toContain('Email address: not that of this account.')
  expect(admin.valueOf('confirm')).toBe('another@contoso.example')
  const late = admin.copy()
  await admin.press('Remove account', { confirm: 'Lost.Phone@Contoso.example' })
  expect(admin.path).toBe('/system/operators?done=removed')
  expect(admin.text).toContain('Account removed.')
  await late.press('Enable account')
  expect(late.text).toContain('This account no longer exists.')

  await admin.follow('admin@contoso.example')
  expect(admin.buttons).toContain('Change role')
  for (const button of ['Create set-up link', 'Reset second factor']) expect(admin.buttons).not.toContain(button)
})

const NONE = '00000000-0000-4000-8000-0000000000ff'
const MISSING = [
  ...['/credentials/', '/messages/', '/clients/', '/clients/sessions/', '/mail-server/', '/mail-server/tests/'].map(
    (path) => path + NONE,
  ),
  ...['revisions', 'tests'].map((part) => `/mail-server/${NONE}/${part}`),
  `/clients/${NONE}/card`,
  ...['/set-up', '/set-up/hand-over'].map((path) => `${path}?server=${NONE}`),
  ...[`/system/operators/${NONE}`, '/senders/none', '/clients/devices/none', '/help/none', '/messages/none'],
  '/no-such-page',
]

/** What a reader without scripts gets: the status, and the headings and title of the page. */
const plainAnswer = ({ status, body }: { status: number; body: string }) => ({
  status,
  heading: /<h1[^>]*>(?:<[^>]+>)*([^<]+)/.exec(body)?.[1],
  title: [...body.matchAll(/<title>([^<]+)<\/title>/g)].map(([, title]) => title).join(),
})

test('Z-01 a page that is not there, or that the role does not open, says so without scripts', async ({
  tree,
  sessionOf,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const reply = async (path: string, role: Role, locale: string) => {
    const { cookie } = cookieHeader(await sessionOf(role))
    return plainAnswer(await ask(tree.baseUrl, path, { headers: { cookie: `${cookie}; locale=${locale}` } }))
  }
  for (const path of MISSING)
    expect([path, await reply(path, 'admin', 'en')]).toEqual([
      path,
      { status: 404, heading: 'Page not found', title: 'Page not found · Postroom' },
    ])
  const shut = PAGE_GATES.filter(({ gate }) => gate !== 'anyone' && gate !== 'signed-in' && !roleMay('viewer', gate))
  expect(shut.length).toBeGreaterThan(5)
  for (const { path } of shut)
    expect([path, await reply(path.replace('[id]', NONE), 'viewer', 'de')]).toEqual([
      path,
      { status: 403, heading: 'Kein Zugriff', title: 'Kein Zugriff · Postroom' },
    ])
})

test('Z-01 with scripts a page that is not there or not open to the role has the same status, and leads on', async ({
  page,
  signIn,
  expectConsole,
}) => {
  await signIn('viewer')
  for (const [path, status, heading] of [
    [`/messages/${NONE}`, 404, 'Page not found'],
    ['/system/operators', 403, 'No access'],
  ] as const) {
    expectConsole(new RegExp(`status of ${status}`))
    expect((await page.goto(path))?.status()).toBe(status)
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
    await page.getByRole('main').getByRole('link', { name: 'Go to the overview' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  }
})
