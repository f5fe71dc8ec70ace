import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures'
import { fits, looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'
import { PolicyPage } from './support/policy-page'
import { SetUpPage } from './support/set-up-page'
import { type Tree, WORKER_MS } from './support/tree'

/** Nothing of the first one is in it, and the way back leads here. */
async function hasItsOwnGuide(page: Page, { baseUrl, simulator }: Tree, address: string): Promise<void> {
  await page.getByRole('link', { name: 'Open the set-up guide' }).click()
  await expect(page.getByRole('heading', { name: 'Set up Branch office', level: 1 })).toBeVisible()
  const guide = new SetUpPage(page)
  await guide.hasConfirmed(0)
  await expect(page.getByLabel('Sender email address', { exact: true })).toHaveValue('')
  await looksRight(page, 'set-up-of-several')
  await page.getByLabel('Directory (tenant) ID', { exact: true }).fill('fabrikam.example')
  await page.getByRole('button', { name: 'Use these values' }).click()
  await expect(page.getByRole('heading', { name: 'Set up Branch office', level: 1 })).toBeVisible()
  await guide.isAt('Register the application')
  // Where its scripts send their output.
  expect(await page.content()).toContain(`${baseUrl}${address}`)
  await expect(page.getByRole('main').locator('[popover] a').last()).toHaveAttribute('href', '/mail-server/add')
  await guide.choose('Mail server')
  await page.locator('summary', { hasText: 'Values used in this guide' }).click()
  await expect(page.getByLabel('Sender email address', { exact: true })).toHaveValue(simulator.facts.sender)
  await guide.choose('Branch office')
  await guide.step('Fill in the mail server').click()
  await page.getByRole('main').getByRole('link', { name: 'Branch office', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`${address}$`))
  expect((await page.request.get('/set-up?server=7a0f0000-0000-4000-8000-000000000000')).status()).toBe(404)
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
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchangeByHand(simulator.facts)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('link', { name: 'Add a mail server' }).click()
  await page.getByRole('button', { name: 'Add mail server' }).click()
  await expect(page.getByText('Name: missing')).toBeVisible()
  await looksRight(page, 'mail-server-add')
  await mailServer.addServer('Branch office')
  await expect(mailServer.answer('Set up Branch office.')).toBeVisible()
  const address = new URL(page.url()).pathname
  await page.goto('/mail-server')
  await expect(page.getByRole('row', { name: /^Branch office/ })).toContainText('Not set up')
  await page.goto(address)

  await hasItsOwnGuide(page, tree, address)

  await mailServer.fillSmtp(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await mailServer.save()
  await expect(mailServer.answer('Verified and delivering.')).toBeVisible()
  expect(new URL(page.url()).pathname).toBe(address)

  await page.goto('/mail-server')
  await expect(page.getByRole('heading', { name: 'Mail servers', level: 1 })).toBeVisible()
  await expect(page.getByRole('row', { name: /^Mail server Default/ })).toContainText('Unverified')
  await expect(page.getByRole('row', { name: /^Branch office/ })).toContainText('Delivering')
  await looksRight(page, 'mail-servers')

  await page.getByRole('link', { name: 'Mail server', exact: true }).last().click()
  const naming = await mailServer.manage('Rename')
  await naming.getByLabel('Name', { exact: true }).fill('Branch Office')
  await naming.getByRole('button', { name: 'Change name' }).click()
  await expect(naming.getByText('Name: already used by another mail server')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'More actions' })).toBeFocused()

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
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Branch office' }).click()
  await expect(page.getByText('Policy rules use it: Partners.')).toBeVisible()
  await (await mailServer.manage('Make it the default')).getByRole('button', { name: 'Make it the default' }).click()
  await expect(page.getByText('This is now the default server.')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await looksRight(page, 'mail-server-of-several')

  await page.goto('/mail-server')
  await page.getByRole('link', { name: 'Mail server', exact: true }).last().click()
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Mail server' }).click()
  await expect(page.getByText('The mail server has been removed, and its secrets have been erased.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Branch office', level: 1 })).toBeVisible()
  expect(await tree.query('SELECT 1 FROM "Credential" WHERE "sealed" IS NOT NULL')).toHaveLength(1)
})

/** On every page about mail, in both languages: the message and the page of the first server among them. */
async function isNamed(page: Page, id: string, first: string): Promise<void> {
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
    await page.goto(`/overview?locale=${locale}`)
    for (const path of ['/overview', '/messages', `/messages/${id}`, '/mail-server', first]) {
      await page.goto(path)
      await expect(page.getByText(statusLabel, { exact: true }).first()).toBeVisible()
      await expect(page.getByText(dead)).toHaveCount(0)
      if (['/overview', '/messages', first].includes(path))
        await expect(page.getByRole('main').getByText(message).first()).toBeVisible()
      await (locale === 'de' ? looksRight : fits)(page, `with a failover server ${path} ${locale}`)
    }
  }
}

test('a failover server is set, takes over when the secret of the first one has expired, and is named on every page about mail', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  test.setTimeout(120_000) // eight pages are looked at, in both languages
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchangeByHand(simulator.facts)
  await mailServer.addServer('Branch office')
  const backup = new URL(page.url()).pathname
  await mailServer.fillSmtp(simulator.facts, { senderAddress: 'branch@contoso.example' })
  await mailServer.save()
  await mailServer.saved(1)

  await page.goto('/mail-server')
  await page.getByRole('link', { name: 'Mail server', exact: true }).last().click()
  await expect(page.getByRole('heading', { name: 'Mail server', level: 1 })).toBeVisible()
  const failover = await mailServer.manage('Choose the failover server')
  await failover.getByLabel('Failover server', { exact: true }).selectOption('Branch office')
  await looksRight(page, 'mail-server-failover-dialog', 'dialog[open]')
  await failover.getByRole('button', { name: 'Save failover server' }).click()
  await expect(page.getByText('The failover server has been saved.')).toBeVisible()
  const first = new URL(page.url()).pathname
  await expect(page.getByRole('definition').filter({ hasText: 'takes over if this one is down' })).toContainText(
    'Branch office',
  )
  await looksRight(page, 'mail-server-with-failover')
  await page.goto('/mail-server')
  await expect(page.getByRole('row', { name: /^Mail server Default/ })).toContainText('Branch office')

  await simulator.change('expire-secret')
  const id = await storeMessage(tree, { subject: 'Your secret ends', state: 'queued' })
  await page.goto(`/messages/${id}`)
  const history = page.getByRole('region', { name: 'History' })
  await expect(history).toContainText('in place of Mail server: The client secret has expired', { timeout: WORKER_MS })
  await expect(history.getByRole('listitem').nth(1)).toContainText('The client secret has expired')
  await expect(history.getByRole('listitem').nth(2)).toContainText('branch@contoso.example')
  expect((await simulator.mails()).map(({ from, messageId }) => [from, messageId])).toEqual([
    [expect.stringContaining('branch@contoso.example'), `<${id}@contoso.example>`],
  ])

  await page.goto('/messages')
  const row = page.getByRole('row', { name: /Your secret ends/ })
  await expect(row).toContainText('by Branch office (failover)')
  await expect(row.getByRole('cell', { name: 'Mail server', exact: true })).toBeVisible()

  await isNamed(page, id, first)

  await page.goto('/policy?locale=en')
  const policy = new PolicyPage(page)
  await policy.try('person@contoso.example', 'a@fabrikam.example')
  const tried = policy.tried('a@fabrikam.example')
  await expect(tried).toContainText('Branch office, which has taken over from Mail server')
  await expect(tried).toContainText('branch@contoso.example')

  await page.goto(backup)
  await (await mailServer.manage('Remove')).getByRole('button', { name: 'Remove Branch office' }).click()
  await expect(page.getByText('It is the failover server of: Mail server.')).toBeVisible()
  expect(await tree.query(`SELECT "details" FROM "AuditEvent" WHERE "action" = 'mail-server.backup'`)).toEqual([
    { details: { backup: backup.split('/').at(-1) } },
  ])
})
