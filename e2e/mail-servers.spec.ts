import type { Page } from '@playwright/test'
import { saveExchange, smtpFields } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { textOf } from './support/http'
import { looksRight, looksRightInGerman } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'
import { PolicyPage } from './support/policy-page'
import { type Tree, WORKER_MS } from './support/tree'

/** Nothing of the first one is in it, and the way back leads here. */
async function hasItsOwnGuide(client: FormClient, page: Page, { baseUrl, simulator }: Tree): Promise<void> {
  const address = new URL(page.url()).pathname
  await client.open(address)
  const isOf = (server: string, sender: string) => {
    expect(client.heading).toBe(`Set up ${server}`)
    expect(client.valueOf('sender')).toBe(sender)
  }
  await client.follow('Open the set-up guide')
  isOf('Branch office', '')
  expect(client.text).toContain('0 of 11 confirmed')
  expect(client.text).toContain('Eleven steps are still open for Branch office.')
  expect(client.text).toContain('Register the application, create a client secret, add the permission and eight more.')
  await page.goto(client.path)
  await looksRight(page, 'set-up-of-several')
  await page.getByRole('link', { name: 'Use the tenant and the application of Exchange Online' }).click()
  await expect(page.getByLabel('Directory (tenant) ID')).toHaveValue(simulator.facts.tenantId)
  await expect(page.getByLabel('Microsoft cloud')).toHaveValue(String(simulator.facts.cloud.id))
  await page.getByRole('button', { name: 'Use these values' }).click()
  await expect(page.getByRole('main')).toContainText('This application is used for Exchange Online too.')
  await client.press('Use these values', { tenant: 'fabrikam.example' })
  isOf('Branch office', '')
  expect(client.headings).toContain('Register the application')
  // Where its scripts send their output.
  expect(client.html).toContain(`${baseUrl}${address}`)
  expect(client.html).toContain('href="/mail-server/add"')
  await client.follow(/^Exchange Online ?\d+ of \d+$/)
  expect(client.valueOf('sender')).toBe(simulator.facts.sender)
  await client.follow(/^Branch office ?\d+ of \d+$/)
  await client.press('Use these values', { tenant: 'fabrikam.example', sender: 'branch@fabrikam.example' })
  await client.follow(/Enter the settings/)
  // Its form is filled in with the values of the guide, and nothing is saved yet.
  await client.follow('Branch office')
  expect(client.path).toContain(`${address}?`)
  expect(client.text).toContain('This is a draft with the values of the set-up guide.')
  expect(client.text).toContain('These values are not saved yet.')
  expect(client.valueOf('type')).toBe('exchange-online-oauth2')
  expect(client.valueOf('tenantId')).toBe('fabrikam.example')
  expect(client.valueOf('senderAddress')).toBe('branch@fabrikam.example')
  await client.open('/set-up?server=7a0f0000-0000-4000-8000-000000000000')
  expect(client.heading).toBe('Page not found')
}

/** Its second recipient waits for Branch office, which a person pauses. */
async function namesFaultAndPause(page: Page, tree: Tree): Promise<void> {
  const id = await storeMessage(tree, { subject: 'For two', state: 'queued', code: 'server-busy', dueInMinutes: 30 })
  await tree.query(`INSERT INTO "OtherQueue" ("messageId", "mailServerId", "dueAt")
      SELECT '${id}', id, now() + interval '1 hour' FROM "MailServer" WHERE name = 'Branch office';
    UPDATE "MailServer" SET "pausedAt" = now(), "pausedBy" = 'admin@contoso.example' WHERE name = 'Branch office'`)
  await page.goto(`/messages/${id}`)
  await expect(page.getByRole('main')).toContainText(
    /Waiting: .*busy.*Next attempt in .*Some recipients wait for another mail server\. Delivery through Branch office is paused\./s,
  )
  await expect(page.getByRole('region', { name: 'History' })).toContainText('Next attempt')
  await looksRight(page, 'message-of-two-mail-servers')
  await tree.query(`DELETE FROM "Message" WHERE id = '${id}';
    UPDATE "MailServer" SET "pausedAt" = NULL, "pausedBy" = NULL WHERE name = 'Branch office'`)
}

test('a second mail server is added, verified, made the default, and the first one is removed', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByRole('link', { name: 'Add mail server' }).click()
  await page.getByRole('button', { name: 'Add mail server' }).click()
  await expect(page.getByText('Name: missing')).toBeVisible()
  await looksRight(page, 'mail-server-add')
  await page.getByLabel('Name', { exact: true }).fill('Branch office')
  await page.getByRole('button', { name: 'Add mail server' }).click()
  await expect(mailServer.answer('Set up Branch office.')).toBeVisible()
  const address = new URL(page.url()).pathname
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server')
  expect(client.rows.find((row) => row.startsWith('Branch office'))).toContain('Not set up')
  await hasItsOwnGuide(client, page, tree)

  await page.goto(address)
  await mailServer.fillSmtp(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await mailServer.save()
  await expect(mailServer.answer('Verified, but no mail uses it yet.')).toBeVisible()
  expect(new URL(page.url()).pathname).toBe(address)

  await page.goto('/mail-server')
  await expect(page.getByRole('row', { name: /^Exchange Online Default/ })).toContainText('Unverified')
  await expect(page.getByRole('row', { name: /^Branch office/ })).toContainText('Not used')
  await looksRight(page, 'mail-servers')

  await page.getByRole('link', { name: 'Exchange Online', exact: true }).last().click()
  const naming = await mailServer.manage('Rename')
  await naming.getByLabel('Name', { exact: true }).fill('Branch Office')
  await naming.getByRole('button', { name: 'Change name' }).click()
  await expect(naming.getByText('Name: already used by another mail server')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Rename' })).toBeFocused()

  await page.goto('/policy')
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Partners')
  await page.getByLabel('To', { exact: true }).first().fill('fabrikam.example')
  await page.getByLabel('Mail server', { exact: true }).selectOption('Branch office')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Revision 1', { exact: true })).toBeVisible()
  const policy = new PolicyPage(page)
  await policy.try('person@contoso.example', 'a@fabrikam.example')
  await expect(policy.tried('a@fabrikam.example')).toContainText('Branch office')
  await looksRight(page, 'policy-with-mail-servers')
  await namesFaultAndPause(page, tree)

  await page.goto(address)
  await expect(mailServer.answer('Verified and delivering.')).toBeVisible()
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Branch office' }).click()
  await expect(page.getByText('Policy rules use it: Partners.')).toBeVisible()
  await (await mailServer.manage('Make it the default')).getByRole('button', { name: 'Make it the default' }).click()
  await expect(page.getByText('This is now the default server.')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await looksRight(page, 'mail-server-of-several')

  await page.goto('/mail-server')
  await page.getByRole('link', { name: 'Exchange Online', exact: true }).last().click()
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Exchange Online' }).click()
  await expect(page.getByText('The mail server has been removed, and its secrets have been erased.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Branch office', level: 1 })).toBeVisible()
  expect(await tree.query('SELECT 1 FROM "Credential" WHERE "sealed" IS NOT NULL')).toHaveLength(1)
})

/** On every page about mail, in both languages: the message and the page of the first server among them. */
async function isNamed(client: FormClient, page: Page, id: string, first: string): Promise<void> {
  for (const [locale, message, statusLabel, dead] of [
    [
      'en',
      /through Branch office, the failover|Branch office has been sending|Branch office is sending/,
      'On the failover server',
      'Outgoing mail may be failing',
    ],
    [
      'de',
      /Ersatzserver Branch office sendet|Branch office sendet seit|Branch office übernimmt/,
      'Über den Ersatzserver',
      'E-Mail kann womöglich nicht mehr gesendet werden',
    ],
  ] as const) {
    for (const path of ['/overview', '/messages', `/messages/${id}`, '/mail-server', first]) {
      await client.open(`${path}?locale=${locale}`)
      expect(client.rail, path).toContain(statusLabel)
      expect(textOf(client.html), path).not.toContain(dead)
      if (['/overview', '/messages', first].includes(path)) expect(client.text, path).toMatch(message)
    }
  }
  for (const path of ['/overview', '/messages', first]) await looksRightInGerman(page, path)
}

test('a failover server is set, takes over when the secret of the first one has expired, and is named on every page about mail', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server/add')
  await client.press('Add mail server', { serverName: 'Branch office' })
  const backup = client.path
  await client.press('Save changes', { ...smtpFields(simulator.facts), senderAddress: 'branch@contoso.example' })
  expect(client.text).toContain('Saved as revision 1.')

  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await page.goto('/mail-server')
  await page.getByRole('link', { name: 'Exchange Online', exact: true }).last().click()
  await expect(page.getByRole('heading', { name: 'Exchange Online', level: 1 })).toBeVisible()
  const failover = await mailServer.manage('Choose the failover server')
  await expect(failover.getByLabel('Failover server', { exact: true })).toBeFocused()
  await failover.getByLabel('Failover server', { exact: true }).selectOption('Branch office')
  await looksRight(page, 'mail-server-failover-dialog', 'dialog:popover-open')
  const window = page.viewportSize() ?? { width: 1280, height: 720 }
  await page.setViewportSize({ width: 390, height: 250 })
  await expect(failover.getByRole('heading')).toBeInViewport({ ratio: 1 })
  await page.setViewportSize(window)
  await failover.getByRole('button', { name: 'Save failover server' }).click()
  await expect(page.getByText('The failover server has been saved.')).toBeVisible()
  const first = new URL(page.url()).pathname
  await expect(page.getByRole('definition').filter({ hasText: 'takes over if this one is down' })).toContainText(
    'Branch office',
  )
  await looksRight(page, 'mail-server-with-failover')
  await client.open('/mail-server')
  expect(client.rows.find((row) => row.startsWith('Exchange Online'))).toMatch(/Default.*Branch office/)

  await simulator.change('expire-secret')
  const id = await storeMessage(tree, { subject: 'Your secret ends', state: 'queued' })
  const message = async () => {
    await client.open(`/messages/${id}`)
    return client.section('History')
  }
  const expired = 'The client secret has expired'
  const history = `${expired}.*in place of Exchange Online: ${expired} · as branch@contoso\\.example`
  await expect.poll(message, { timeout: WORKER_MS }).toMatch(new RegExp(history, 's'))
  expect((await simulator.mails()).map(({ from, messageId }) => [from, messageId])).toEqual([
    [expect.stringContaining('branch@contoso.example'), `<${id}@contoso.example>`],
  ])

  await client.open('/messages')
  const cells = client.cells('Your secret ends')
  expect(cells).toContain('Exchange Online')
  expect(cells).toContainEqual(expect.stringMatching(/by Branch office \(failover\)$/))

  await isNamed(client, page, id, first)

  await client.open('/policy?locale=en')
  await client.press('Try it', { originator: 'person@contoso.example', recipients: 'a@fabrikam.example' })
  const tried = client.article('a@fabrikam.example')
  expect(tried).toContain('Branch office, which has taken over from Exchange Online')
  expect(tried).toContain('branch@contoso.example')

  await page.goto(backup)
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Branch office' }).click()
  await expect(page.getByText('It is the failover server of: Exchange Online.')).toBeVisible()
  expect(await tree.query(`SELECT "details" FROM "AuditEvent" WHERE "action" = 'mail-server.backup'`)).toEqual([
    { details: { backup: backup.split('/').at(-1) } },
  ])
})

const BRANCH = '00000000-0000-4000-8000-00000000000b'

test('R-12 a form of a mail server that another person has removed changes nothing, and says that it is gone', async ({
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await tree.query(`INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
    SELECT '${BRANCH}', 'Branch office', false, 1, "settings", now() FROM "MailServer"`)
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await client.open(`/mail-server/${BRANCH}`)
  await tree.query(`UPDATE "MailServer" SET "removedAt" = now() WHERE id = '${BRANCH}'`)
  for (const [button, typed] of [
    ['Change name', { serverName: 'Warehouse' }],
    ['Make it the default', {}],
    ['Save failover server', {}],
    ['Pause delivery', {}],
  ] as const) {
    const open = client.copy()
    await open.press(button, typed)
    expect(open.text).toContain('This mail server no longer exists.')
  }
  const changed = `SELECT FROM "MailServer" WHERE id = '${BRANCH}' AND (name <> 'Branch office' OR "isDefault" OR "pausedAt" IS NOT NULL)`
  expect(await tree.query(changed)).toEqual([])
})
