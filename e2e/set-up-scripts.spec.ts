import { readFileSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { AzShell, azTenant } from '../tests/support/az'
import { printedBlock } from '../tests/support/printed-script'
import { saveExchange } from './support/calls'
import { dayAhead } from './support/day'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { Keyboard } from './support/keyboard'
import { looksRightInGerman } from './support/looks'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'
import { SetUpPage } from './support/set-up-page'
import type { SimulatorFacts } from './support/simulator'

/** The script of that name as the guide gives it away. */
async function downloaded(page: Page, name: string): Promise<string> {
  await page.locator('summary', { hasText: `Do this part with a script: ${name}` }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: `Download ${name}` }).click()
  return readFileSync(await (await coming).path(), 'utf8')
}

/** Tabs on to this element. */
async function reach(page: Page, wanted: Locator): Promise<void> {
  for (let stops = 0; stops < 60; stops++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${wanted} is not reached by Tab`)
}

/** Pastes the block into the Mail server page, saves, and sends a test message. */
async function continueWith(page: Page, block: string, { cloud, tenantId, clientId, sender }: SimulatorFacts) {
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByText('Paste set-up output', { exact: true }).click()
  await mailServer.field('Set-up output').fill(block)
  await page.getByRole('button', { name: 'Fill in the fields' }).click()
  await expect(mailServer.field('Microsoft cloud').locator('option:checked')).toHaveText(cloud.name)
  await expect(mailServer.field('Directory (tenant) ID')).toHaveValue(tenantId)
  await expect(mailServer.field('Application (client) ID')).toHaveValue(clientId)
  await expect(mailServer.field('Sender email address')).toHaveValue(sender)
  await mailServer.save()
  await mailServer.saved(1)
  await mailServer.field('Test with email address').fill(RECIPIENT)
  await mailServer.test()
  await mailServer.accepted()
  const guide = new SetUpPage(page)
  await guide.open()
  await guide.hasConfirmedAll()
}

test('by script: what az prints when it really runs is pasted, saved, and passes its test', async ({
  page,
  signIn,
  simulator,
}) => {
  const { facts } = simulator
  const { tenantId, clientId, objectId, clientSecret } = facts
  const shell = new AzShell(
    azTenant({ id: tenantId, nextAppId: clientId, nextObjectId: objectId, nextSecret: clientSecret }),
  )
  try {
    await signIn('admin')
    await page.goto('/set-up')
    await page.getByLabel('Microsoft cloud').selectOption(facts.cloud.name)
    await page.getByLabel('Directory (tenant) ID', { exact: true }).fill(tenantId)
    await page.getByLabel('Sender email address', { exact: true }).fill(facts.sender)
    await page.getByRole('radio', { name: 'Azure CLI (az)' }).check()
    await page.getByRole('button', { name: 'Use these values' }).click()
    const script = await downloaded(page, 'postroom-entra.sh')
    const ran = await shell.run(script)
    expect(ran, ran.stderr).toMatchObject({ code: 0 })
    expect(shell.tenant.assignments).toHaveLength(1)
    await continueWith(page, ran.stdout, facts)
  } finally {
    shell.end()
  }
})

test('by script, in PowerShell: the block of each script is pasted, saved, and passes its test', async ({
  page,
  signIn,
  simulator,
}) => {
  const { facts } = simulator
  const { tenantId, clientId, objectId, sender, clientSecret } = facts
  await signIn('admin')
  const typed = { step: 'values', tenant: tenantId, client: clientId, object: objectId, sender }
  await page.goto(`/set-up?${new URLSearchParams(typed)}`)
  await page.getByLabel('Microsoft cloud').selectOption(facts.cloud.name)
  await page.getByRole('button', { name: 'Use these values' }).click()
  const values = { tenantId, clientId, objectId, sender, secret: clientSecret, expires: dayAhead(365) }
  const entra = await downloaded(page, 'postroom-entra.ps1')
  await new SetUpPage(page).step('Register it in Exchange').click()
  const exchange = await downloaded(page, 'postroom-exchange.ps1')
  const block = (text: string) => printedBlock({ language: 'powershell', text }, values)
  expect(block(exchange)).not.toContain(clientSecret)
  await continueWith(page, `${block(exchange)}\r\n${block(entra)}`, facts)
})

test('a block of another console is pasted, but its unknown cloud is not', async ({ page, signIn, simulator }) => {
  const { tenantId } = simulator.facts
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  const before = await mailServer.field('Microsoft cloud').inputValue()
  await page.getByText('Paste set-up output', { exact: true }).click()
  await mailServer.field('Set-up output').fill(`Microsoft cloud: litware\nDirectory (tenant) ID: ${tenantId}\n`)
  await page.getByRole('button', { name: 'Fill in the fields' }).click()
  await expect(mailServer.field('Directory (tenant) ID')).toHaveValue(tenantId)
  await expect(mailServer.field('Microsoft cloud')).toHaveValue(before)
})

// On that page `appearance.spec.ts` continues by keyboard.
test('the guide is followed by keyboard alone, to the page of the mail server', async ({
  page,
  context,
  signIn,
  simulator,
}) => {
  const { cloud, tenantId, clientId, sender } = simulator.facts
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn('admin')
  await page.goto('/set-up')
  const keyboard = new Keyboard(page)
  const { press } = keyboard
  await press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await press('Enter')
  await keyboard.reach('Microsoft cloud')
  await page.keyboard.type(cloud.name)
  await keyboard.type('Directory (tenant) ID', tenantId)
  await keyboard.type('Application (client) ID', clientId)
  await keyboard.type('Sender email address', sender)
  await keyboard.reach('A: permission on the mailbox')
  await press('ArrowDown')
  await press('ArrowUp')
  await expect(page.getByRole('radio', { name: /^A: permission/ })).toBeChecked()
  await keyboard.reach('Use these values')
  await press('Enter')
  await expect(page).toHaveURL(/tenant=/)

  // From the list to a step; its command is copied, and the script opened.
  const guide = new SetUpPage(page)
  await reach(page, guide.step('Give access to the mailbox'))
  await press('Enter')
  await expect(page).toHaveURL(/step=mailboxPermission$/)
  await guide.isAt(`Give access to ${sender}`)
  await keyboard.reach(`Copy Exchange Online PowerShell Give access to ${sender}`)
  await press('Enter')
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain(`Add-MailboxPermission -Identity '${sender}'`)
  await reach(page, page.locator('summary', { hasText: 'postroom-exchange.ps1' }).first())
  await press('Enter')
  await expect(page.getByRole('link', { name: 'Download postroom-exchange.ps1' })).toBeVisible()

  await reach(page, guide.step('Enter the settings'))
  await press('Enter')
  await guide.isAt('Enter the settings')
  await keyboard.reach('Mail server')
  await press('Enter')
  await expect(page.getByRole('heading', { name: 'Mail server', level: 1 })).toBeVisible()
})

test('each state of the guide has no accessibility fault and fits 320 px in German', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, admin)
  const sendTest = async () => {
    await client.open('/mail-server')
    await client.press('Send test message', { testTo: RECIPIENT })
    expect(client.html).toMatch(/<article\b/)
  }
  await signIn('admin')
  await looksRightInGerman(page, '/set-up?tenant=common&client=x&object=4&cloud=dod&tool=az&withheld=secret')
  await saveExchange(tree, admin)
  await simulator.change('smtp-auth-mailbox', { disabled: true })
  await sendTest()
  await client.open('/set-up')
  expect(client.text).toMatch(/Allow SMTP AUTH\W*Not in effect yet/)
  await looksRightInGerman(page, '/set-up')
  await client.press('Test again automatically', { testTo: RECIPIENT })
  expect(client.text).toContain('Tested again automatically until ')
  await looksRightInGerman(page, '/set-up')
  await client.press('Stop testing')
  expect(client.buttons).toContain('Test again automatically')
  await simulator.change('expire-secret')
  await sendTest()
  await client.open('/set-up')
  expect(client.text).toMatch(/Create a client secret\W*Failed/)
  await looksRightInGerman(page, '/set-up')
})
