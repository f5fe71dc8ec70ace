import type { Locator } from '@playwright/test'
import { Announcements } from './support/announcements'
import { expect, test } from './support/fixtures'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'
import { PASSWORDS } from './support/people'

test('an answer is announced once, and an equal answer to the next press again', async ({
  page,
  signIn,
  simulator,
}) => {
  const announcements = await Announcements.of(page)
  await page.goto('/sign-in')
  for (let press = 1; press <= 2; press++)
    await announcements.after(async () => {
      await page.getByLabel('Email address').fill('nobody@contoso.example')
      await page.getByLabel('Password').fill(PASSWORDS.viewer)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }, 'Email address or password is incorrect.')

  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/mail-server')
  const save = page.getByRole('button', { name: 'Save changes' })
  for (let press = 1; press <= 2; press++) await announcements.after(() => save.click(), 'Nothing has changed.')

  await page.goto('/messages/retention')
  await expect(save).toBeVisible()
  for (let press = 1; press <= 2; press++) await announcements.after(() => save.click(), 'Saved.')

  await page.goto('/system')
  const saveName = page.getByRole('button', { name: 'Save name' })
  for (let press = 1; press <= 2; press++) await announcements.after(() => saveName.click(), 'The name is saved.')

  await page.goto('/set-up')
  for (let press = 1; press <= 2; press++)
    await announcements.after(
      () => page.getByRole('button', { name: 'Check by a test' }).click(),
      'The test message was accepted.',
    )
})

test('what a page that reads itself again has found is announced once, and not what a button has changed', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const id = await storeMessage(tree, { subject: 'Again', state: 'failed', code: 'recipient-not-found' })
  const announcements = await Announcements.of(page)
  await page.goto(`/messages/${id}`)
  const answer = page.locator('[data-answer]')
  await announcements.after(
    () => page.getByRole('button', { name: 'Send again' }).click(),
    'One message is sent again.',
  )
  await expect(answer).toHaveText('Accepted.')
  const accepted = async () => (await announcements.all()).filter((text) => text === 'Accepted.')
  await expect.poll(accepted).toEqual(['Accepted.'])
})

test('the number of chosen rows and what was done with them are announced once', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  for (const subject of ['One', 'Two'])
    await storeMessage(tree, { subject, state: 'failed', code: 'recipient-not-found' })
  const announcements = await Announcements.of(page)
  await page.goto('/messages?view=failed')
  const boxes = page.locator('tbody input[type="checkbox"]')
  await announcements.after(() => boxes.nth(0).check(), '1 chosen')
  await announcements.after(() => boxes.nth(1).check(), '2 chosen')
  await announcements.after(() => boxes.nth(0).uncheck(), '1 chosen')
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  await announcements.after(() => bar.getByRole('button', { name: 'Dismiss' }).click(), 'One failure was dismissed.')
})

test('the result of a test takes the focus, which says its title and not the report, and no region says it as well', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  const announcements = await Announcements.of(page)
  await page.goto('/mail-server')
  await page.getByLabel('Test with email address').fill('anna@fabrikam.example')
  const ends = async (title: string, focused: Locator) => {
    await mailServer.test()
    await expect(focused).toBeFocused()
    const said = await announcements.all()
    expect(said.join()).toContain('Testing')
    expect(said.filter((text) => text.includes(title))).toEqual([])
  }
  await ends('Accepted by the server', page.getByRole('group', { name: 'Accepted by the server' }))
  await simulator.fault({ smtpCertificate: 'self-signed' })
  const failure = 'The server’s certificate is not trusted'
  await ends(failure, mailServer.remedy(failure))
  await expect(mailServer.remedy(failure)).toHaveAccessibleDescription(/\S/)
})

test('another step of the set-up guide takes the focus to its name, and the result of its test is said as a whole', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/set-up?step=mailboxPermission')
  await page.getByRole('link', { name: /^Next: / }).press('Enter')
  await expect(page.getByRole('heading', { level: 2, name: 'Allow SMTP AUTH' })).toBeFocused()
  const check = page.getByRole('button', { name: 'Check by a test' })
  await check.press('Enter')
  const said = page.locator('[aria-live="polite"][aria-atomic="true"]')
  await expect(said).toHaveText('The test message was accepted. Open the test')
  await expect(check).toBeFocused()
})

test('the failure of a set-up guide’s test is said once, and is in view with its button, which keeps the focus', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const announcements = await Announcements.of(page)
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto('/set-up')
  const check = page.getByRole('button', { name: 'Check by a test' })
  await announcements.after(() => check.press('Enter'), 'The test message was accepted.')
  await simulator.change('unregister-service-principal')
  await page.reload()
  const failure = 'The test failed: Exchange does not accept the application yet'
  await announcements.after(() => check.press('Enter'), failure)
  await expect(page.getByText(failure)).toBeInViewport({ ratio: 1 })
  await expect(check).toBeInViewport({ ratio: 1 })
  await expect(check).toBeFocused()
})

test('the button that confirms in a dialog says what follows from it', async ({ page, signIn, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await storeMessage(tree, { subject: 'One', state: 'held' })
  await page.goto('/messages?view=held')
  await page.locator('tbody input[type="checkbox"]').check()
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  await bar.getByRole('button', { name: 'Cancel messages' }).press('Enter')
  const cancel = page.getByRole('dialog').getByRole('button', { name: 'Cancel messages' })
  await expect(cancel).toHaveAccessibleDescription(/This cannot be undone\.$/)

  await tree.query(`INSERT INTO "Client" ("id", "name", "kind", "way", "senders", "networks", "createdBy", "createdAt")
    VALUES ('00000000-0000-4000-8000-00000000c11f', 'Press', 'printer', 'network', '{press@contoso.example}', '{192.0.2.7}', 'a test', now())`)
  await page.goto('/clients/00000000-0000-4000-8000-00000000c11f#remove')
  const remove = page.getByRole('dialog').getByRole('button', { name: /^Remove/ })
  await expect(remove).toHaveAccessibleDescription(/\S/)
  await tree.query('DELETE FROM "Client"')
})

test('why a form was not carried out takes the focus with its title and its text, and no region says it as well', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  const announcements = await Announcements.of(page)
  await page.goto('/messages/send')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  const note = page.getByRole('region', { name: 'Nothing was sent.' })
  await expect(note).toBeFocused()
  await expect(note).toHaveAccessibleDescription(/Subject: missing/)
  expect((await announcements.all()).filter((text) => text.includes('missing'))).toEqual([])
})

test('the only wrong field is announced at each Enter in it, and not as well where it gets the focus', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  const announcements = await Announcements.of(page)
  await page.goto('/credentials/reminders')
  const field = page.getByLabel('Days ahead')
  await field.fill('soon')
  for (let press = 1; press <= 2; press++)
    await announcements.after(() => field.press('Enter'), 'Days ahead: enter whole numbers')
  const button = page.getByRole('button', { name: 'Save days' })
  await page.evaluate('announced.length = 0')
  await button.focus()
  await page.keyboard.press('Enter')
  await expect(field).toBeFocused()
  await expect(field).toHaveAccessibleDescription(/^Days ahead: enter whole numbers/)
  expect(await announcements.all()).toEqual([])
})

test('that a text was copied is announced once, and the button keeps its name', async ({ page, signIn }) => {
  await page.context().grantPermissions(['clipboard-write'])
  await signIn('viewer')
  const announcements = await Announcements.of(page)
  await page.goto('/help/http-api')
  const copy = page.getByRole('button', { name: 'Copy' }).first()
  await announcements.after(() => copy.click(), 'Copied')
  await expect(copy).toContainText('Copied')
  await expect(copy).not.toContainText('Copied')
  expect(await announcements.all()).toEqual(['Copied'])
})
