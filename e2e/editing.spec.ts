import { callMailServer, exchangeFields, mailServerForm, RECIPIENT, saveExchange, startTest } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { MailServerPage } from './support/mail-server-page'
import { questionsOf } from './support/questions'

test('R-12 the second of two tabs is refused, and says that the same person has saved another value', async ({
  page,
  signIn,
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await signIn('admin')
  const theirs = new MailServerPage(page)
  await theirs.open()

  const mine = { ...exchangeFields(simulator.facts), senderName: 'Contoso front desk' }
  expect((await callMailServer(tree, admin, 'save', mailServerForm(mine, 1))).body).toContain('"kind":"saved"')

  await theirs.field('Sender name').fill('Contoso post room')
  await theirs.save()
  const conflict = page.getByRole('region', { name: 'You have saved since you opened this page' })
  await expect(conflict).toBeFocused()
  await expect(conflict).toContainText('Yours: Contoso post room')
  await expect(conflict).toContainText('Saved: Contoso front desk')

  await conflict.getByLabel('Saved: Contoso front desk').check()
  await expect(theirs.field('Sender name')).toHaveValue('Contoso front desk')
  await expect(page.getByText('No unsaved changes')).toBeVisible()
  await conflict.getByLabel('Yours: Contoso post room').check()
  await expect(page.getByText('Changed field: Sender name')).toBeVisible()
  await theirs.save()
  await theirs.saved(3)
})

test('unsaved changes are noticed before the page is left', async ({ page, signIn }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.field('Sender name').fill('Contoso')
  await expect(page.getByText('Changed field: Sender name')).toBeVisible()

  page.once('dialog', (dialog) => dialog.dismiss())
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(mailServer.field('Sender name')).toHaveValue('Contoso')

  // After errors too, they are discarded with what the server has answered.
  await mailServer.save()
  await expect(page.locator('[aria-invalid="true"]').first()).toBeVisible()
  await page.getByRole('button', { name: 'Discard' }).click()
  await expect(mailServer.field('Sender name')).toHaveValue('')
  await expect(page.locator('[aria-invalid="true"]')).toHaveCount(0)

  // What the page itself puts into a hidden field is no change.
  await page.locator('input[name="server"]').evaluate((field: HTMLInputElement) => {
    field.value = 'another'
  })
  await mailServer.field('Sender name').fill('Contoso')
  await expect(page.getByText('Changed field: Sender name')).toBeVisible()
  await mailServer.field('Sender name').fill('')
  await expect(page.getByText(/Changed fields?/)).toHaveCount(0)

  await mailServer.field('Sender name').fill('Contoso')
  page.once('dialog', (dialog) => dialog.accept())
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
})

test('an unsaved note of a credential is noticed before the page is left, and a saved one is not', async ({
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential" LIMIT 1')
  await signIn('admin')
  await page.goto(`/credentials/${credential?.id}?edit=1`)
  const note = page.getByRole('textbox', { name: 'Note' })
  await note.fill('Call Anna before it is replaced')
  const questions = questionsOf(page)
  await page.getByRole('link', { name: 'Activity' }).click()
  expect(questions).toEqual(['What you entered is not saved. Leave this page anyway?'])
  await expect(note).toHaveValue('Call Anna before it is replaced')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('status').getByText('Saved. Reminders and calendars follow.')).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  expect(questions).toHaveLength(1)
})

test('an unsaved channel and an unsaved account are noticed before the page is left, and a saved channel is not', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  await page.goto('/credentials/reminders')
  const questions = questionsOf(page)
  const channel = page.locator('#add details').first()
  await channel.locator('summary').click()
  await channel.getByLabel('Name').fill('Mail team')
  await channel.getByLabel('Email address').fill('mail@contoso.example')
  await page.getByRole('link', { name: 'Activity' }).click()
  expect(questions).toHaveLength(1)
  await channel.getByRole('button', { name: 'Add the channel' }).click()
  await expect(page.getByText('The channel is added.')).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  expect(questions).toHaveLength(1)

  await page.goto('/system/operators')
  const email = page.getByLabel('Email address')
  await email.fill('new@contoso.example')
  await page.getByRole('link', { name: 'Activity' }).click()
  expect(questions).toEqual(Array(2).fill('What you entered is not saved. Leave this page anyway?'))
  await expect(email).toHaveValue('new@contoso.example')
})

test('a failed change is undone in one step, back to the revision that a test verified', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  const fields = exchangeFields(simulator.facts)
  await saveExchange(tree, admin)
  expect(await (await startTest(tree, admin, mailServerForm(fields, 1))).text()).toContain('"outcome":"accepted"')
  const failed = mailServerForm({ ...fields, senderAddress: 'info@contoso.example' }, 1)
  expect((await callMailServer(tree, admin, 'save', failed)).body).toContain('"kind":"saved"')

  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByRole('button', { name: 'Restore revision 1' }).click()
  await expect(mailServer.field('Sender email address')).toHaveValue(simulator.facts.sender)
  await expect(mailServer.answer('Verified and delivering.')).toBeVisible()
  await expect(page.getByText('Restored: the settings are saved as revision 3.')).toBeVisible()
  await expect(page.getByText('Revision 3, verified by a test')).toBeVisible()
  await page.getByRole('link', { name: 'Revisions' }).click()
  await page.getByText('2 changes').first().click()
  await expect(page.getByRole('row').nth(1)).toContainText(
    `Sender email addressBeforeinfo@contoso.exampleAfter${simulator.facts.sender}Another credential`,
  )
})

test('a password login at a Microsoft host becomes an OAuth draft, which is tested and saved', async ({
  page,
  signIn,
  simulator,
}) => {
  const { sender } = simulator.facts
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillSmtp(simulator.facts, { host: 'smtp.office365.com', port: '587', username: sender })
  await expect(page.getByText('Microsoft is ending password sign-in for this server')).toBeVisible() // while typing
  await mailServer.field('Sender name').fill('x'.repeat(300))
  await mailServer.save()
  await expect(page.getByRole('link', { name: /^Sender name: / })).toBeVisible()
  await mailServer.field('Sender name').fill('Contoso')
  await mailServer.save()
  await mailServer.saved(1)

  await page.getByRole('link', { name: 'Prepare OAuth settings' }).click()
  await expect(page.getByText('This is a draft')).toBeVisible()
  await expect(mailServer.field('Sender email address')).toHaveValue(sender)
  await expect(mailServer.stages()).toHaveCount(0)
  await expect(page.getByText('Saved as revision 1.')).toBeHidden()

  await mailServer.fillExchange(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await mailServer.save()
  await mailServer.saved(2)
  await expect(page).toHaveURL(/\/mail-server$/)
})

test('S-09 S-10 a secret that cannot be opened is shown on both pages with its key, and stays unchanged', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  const credentials = () => tree.query('SELECT sealed, kid FROM "Credential"')
  const before = await credentials()
  const past = (sql: string) => tree.query(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`)
  try {
    await past(`UPDATE "Credential" SET kid = 'k9', sealed = reverse(sealed)`) // as if k9 had sealed it and were gone
    await past(`UPDATE "KeyCheck" SET sealed = reverse(sealed)`) // as if k1 were another key
    await mailServer.open()
    await expect(page.getByText('Key k9 sealed it.')).toBeVisible()
    await expect(mailServer.field('Keep the saved secret')).toBeDisabled()
    await mailServer.save()
    await expect(mailServer.field('Client Secret')).toBeFocused()

    await page.getByRole('link', { name: 'View the keys' }).click()
    await expect(page.getByText('The key file does not contain k9.')).toBeVisible()
    await expect(
      page.getByText('The key k1 in the key file is not the one of that name which this database knows.'),
    ).toBeVisible()
  } finally {
    await past(`UPDATE "Credential" SET kid = 'k1', sealed = reverse(sealed)`)
    await past(`UPDATE "KeyCheck" SET sealed = reverse(sealed)`)
  }
  expect(await credentials()).toEqual(before)
  await mailServer.open()
  await mailServer.test()
  await mailServer.accepted()
})

test('S-03 S-04 the stored secret is kept only while its destination stays', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  const sealed = () => tree.query<{ sealed: string }>('SELECT sealed FROM "Credential" ORDER BY "createdAt"')
  const before = await sealed()

  await mailServer.open()
  await expect(mailServer.field('Keep the saved secret')).toBeChecked()
  await mailServer.field('Sender name').fill('Contoso')
  await mailServer.save()
  await mailServer.saved(2)
  expect(await sealed()).toEqual(before)

  await mailServer.open()
  await mailServer.field('Directory (tenant) ID').fill('f4b21c0d-2e6a-4b7f-9c83-d5e0a1f7b642')
  await expect(page.getByText('the saved secret cannot be used')).toBeVisible()
  await mailServer.save()
  await expect(mailServer.field('Client Secret')).toBeVisible()
  await expect(mailServer.field('Client Secret')).toHaveAttribute('aria-invalid', 'true')
  expect(await tree.query('SELECT 1 FROM "MailServerRevision"')).toHaveLength(2)

  await mailServer.field('Client Secret').fill('zz8Q~another-tenant-0123456789abcdefghijk')
  await mailServer.save()
  await mailServer.saved(3)
  await mailServer.field('Test with email address').fill('someone@fabrikam.example')
  await expect(page.getByText('Saved as revision 3.'), 'nothing has changed since').toBeVisible()
})

test('a whole block of set-up output fills the form as soon as it is pasted', async ({
  page,
  context,
  signIn,
  simulator,
}) => {
  const { tenantId, clientId, clientSecret } = simulator.facts
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByText('Paste set-up output', { exact: true }).click()
  await page.evaluate(
    (text) => navigator.clipboard.writeText(text),
    `Application (client) ID : ${clientId}\nDirectory (tenant) ID : ${tenantId}\nSecret Value: ${clientSecret}\n`,
  )
  await mailServer.field('Set-up output').press('ControlOrMeta+V')
  await expect(mailServer.field('Directory (tenant) ID')).toHaveValue(tenantId)
  await expect(mailServer.field('Application (client) ID')).toHaveValue(clientId)
  await expect(mailServer.field('Client Secret')).toHaveValue(clientSecret)
})

test('set-up output that is typed is saved as well, but replaces no value that was entered', async ({
  page,
  signIn,
  simulator,
}) => {
  const { sender, tenantId, clientId, clientSecret } = simulator.facts
  // Here the names of the changed fields take a line, and so move the button.
  await page.setViewportSize({ width: 390, height: 900 })
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByText('Paste set-up output', { exact: true }).click()
  const output = mailServer.field('Set-up output')
  await page.getByRole('button', { name: 'Fill in the fields' }).click()
  await expect(page.getByText('This text contains none of the fields.')).toBeVisible()
  await mailServer.field('Sender email address').fill('mine@contoso.example')
  await output.fill(
    `Sender: ${sender}\nClient ID: ${clientId}\nTenant ID: ${tenantId}\nClient Secret: ${clientSecret}\n`,
  )
  await mailServer.save()
  await expect(page.getByRole('alert').first()).toContainText('Directory (tenant) ID')
  await expect(mailServer.field('Sender email address')).toHaveValue('mine@contoso.example')
  await expect(output).toHaveValue(new RegExp(tenantId))
  await mailServer.field('Sender email address').fill(sender)
  await output.focus()
  await mailServer.save()
  await mailServer.saved(1)
  await expect(mailServer.field('Directory (tenant) ID')).toHaveValue(tenantId)
})

test('a connection test of invalid fields marks them, sends nothing and logs nothing in the browser', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts, { tenantId: 'not-a-tenant' })
  await page.getByRole('button', { name: 'Send test message' }).click()
  await expect(mailServer.field('Directory (tenant) ID')).toHaveAttribute('aria-invalid', 'true')
  await expect(mailServer.field('Client Secret')).toHaveValue(simulator.facts.clientSecret)
  expect(await tree.query('SELECT 1 FROM "TestRun"')).toHaveLength(0)
})

test('the end of a connection test loads the page again, but not while unsaved values would be lost with it', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  await mailServer.open()
  const loads: string[] = []
  page.on('request', (request) => {
    if (request.headers().rsc && new URL(request.url()).pathname === '/mail-server') loads.push(request.url())
  })
  await mailServer.field('Sender name').fill('Contoso post room')
  await mailServer.field('Test with email address').fill(RECIPIENT)
  await mailServer.test()
  await mailServer.accepted()
  await page.evaluate(() => fetch('/health/live'))
  expect(loads).toEqual([])
  await expect(mailServer.field('Sender name')).toHaveValue('Contoso post room')
  await page.getByRole('button', { name: 'Discard' }).click()
  await mailServer.test()
  await expect.poll(() => loads.length).toBeGreaterThan(0)
})

test('the page says what the original says, word for word', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  for (const label of [
    'SMTP server type',
    'Sender email address',
    'Allow use of individual sender addresses',
    'Directory (tenant) ID',
    'Application (client) ID',
    'Client Secret',
    'Test with email address',
  ])
    await expect(mailServer.field(label)).toBeVisible()
  for (const name of ['Save changes', 'Send test message'])
    await expect(page.getByRole('button', { name, exact: true })).toBeVisible()
  const individual = mailServer.field('Allow use of individual sender addresses')
  await expect(individual).toBeDisabled()
  await expect(individual).not.toBeChecked()
  await expect(individual).toHaveAccessibleDescription(/until another sender has been verified/)
  await mailServer.fillSmtp(simulator.facts)
  await expect(individual).toBeEnabled()
})

test('the history shows who tested which revision, when, to whom and with which result', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
  await simulator.change('expire-secret')
  await client.press('Send test message')
  expect(client.article('secret-expired')).not.toBe('')
  await client.follow('Tests')
  const [, newest = '', first = ''] = client.rows
  for (const text of ['admin@contoso.example', 'secret-expired']) expect(newest).toContain(text)
  for (const text of ['Accepted', 'Exchange Online', RECIPIENT]) expect(first).toContain(text)
  const links = [...client.html.matchAll(/href="(\/mail-server\/tests\/[\w-]+)"/g)].map(([, path = '']) => path)
  await client.open([...new Set(links)].at(-1) ?? 'no link')
  expect(client.text).toContain(simulator.facts.tenantId)
  expect(client.text).toContain('Accepted')
  expect(client.html).not.toContain(simulator.facts.clientSecret)
})

test('F-54 damaged settings are reported, and can be saved again', async ({ sessionOf, simulator, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await tree.query(`UPDATE "MailServer" SET settings = '{"type":"smtp"}'`)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server')
  expect(client.text).toContain('The saved settings cannot be read')
  await client.press('Save changes', exchangeFields(simulator.facts))
  expect(client.text).toContain('Saved as revision 2.')
  expect(client.text).not.toContain('The saved settings cannot be read')
})

test('Exchange settings are saved before it is decided how the application signs in', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await mailServer.field('Decide later').check()
  await expect(mailServer.field('Client Secret')).toBeHidden()
  await mailServer.save()
  await mailServer.saved(1)
  await mailServer.open()
  await expect(mailServer.field('Decide later')).toBeChecked()
  await mailServer.field('With a client secret').check()
  await mailServer.field('Client Secret').fill(simulator.facts.clientSecret)
  await mailServer.save()
  await mailServer.saved(2)
  await mailServer.open()
  await expect(mailServer.field('Keep the saved secret')).toBeChecked()
})
