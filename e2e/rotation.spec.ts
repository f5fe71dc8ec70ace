import type { Page } from '@playwright/test'
import { saveExchange } from './support/calls'
import { CredentialsPage } from './support/credentials-page'
import { type Cookies, expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRightInGerman } from './support/looks'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'
import { needles } from './support/needles'
import type { Simulator } from './support/simulator'
import type { Tree } from './support/tree'

const rotations = (page: Page) => page.getByRole('table', { name: 'Replacements through Microsoft Graph' })
const rotateButton = (page: Page) => page.getByRole('button', { name: 'Replace it through Microsoft' })

async function grantGraph(simulator: Simulator): Promise<void> {
  await simulator.change('grant-graph-role', { role: 'Application.ReadWrite.OwnedBy' })
  await simulator.change('add-owner')
}

/** Replaces the secret by a certificate that was created here and uploaded by hand, without a window. */
async function signInByCertificate(client: FormClient, tree: Tree): Promise<void> {
  await openReplacement(client)
  await client.press('Add as next', { kind: 'make-certificate' })
  const [next] = await tree.query<{ certificate: string }>(`SELECT certificate FROM "Credential" WHERE slot = 'next'`)
  await tree.simulator.change('add-certificate', { certificate: next?.certificate })
  await client.press('Test it')
  await client.press('Make it current')
  expect(client.text).toContain('It is current')
}

async function openGraphWay(credentials: CredentialsPage): Promise<void> {
  await credentials.openOne()
  await credentials.chooseWay('Let Postroom do it')
}

async function mailLeaves(page: Page, simulator: Simulator): Promise<void> {
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByLabel('Test with email address', { exact: true }).fill(RECIPIENT)
  await mailServer.test()
  await mailServer.accepted()
  expect(await simulator.mails()).toHaveLength(1)
}

test('S-18 one click replaces a secret; what is missing and what a policy forbids is explained', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const credentials = new CredentialsPage(page)
  const rotate = rotateButton(page)
  await openGraphWay(credentials)

  await rotate.click()
  const alert = credentials.alert()
  await expect(alert).toContainText('has to be an owner of itself')
  await expect(alert).toContainText('New-MgServicePrincipalAppRoleAssignment')
  await expect(alert).toContainText('New-MgApplicationOwnerByRef')

  await grantGraph(simulator)
  await simulator.change('app-management-policy', { passwordAddition: true })
  await openGraphWay(credentials)
  await rotate.click()
  await expect(alert).toContainText('An app management policy of your tenant forbids such a secret')
  expect((await simulator.application()).secrets).toHaveLength(1)

  await simulator.change('app-management-policy', { passwordAddition: false })
  await openGraphWay(credentials)
  await rotate.click()
  await expect(credentials.said()).toContainText('The new credential is current', { timeout: 30_000 })
  await credentials.openOne()
  await expect(rotations(page).getByRole('row').nth(1)).toContainText('the previous one is the fallback')
  await expect(rotate).toHaveCount(0)
  for (const needle of needles(simulator.facts.clientSecret)) expect(await page.content()).not.toContain(needle)
  await mailLeaves(page, simulator)
})

test('S-18 one click rolls a certificate over, without any permission', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  await signInByCertificate(await atCredential(tree, await sessionOf('admin')), tree)
  await signIn('admin')
  const credentials = new CredentialsPage(page)
  await openGraphWay(credentials)
  const rotate = rotateButton(page)
  const objectId = page.getByLabel('Object ID of the app registration')

  await rotate.click()
  const alert = credentials.alert()
  await expect(alert).toContainText('Object ID of the app registration: enter it', { timeout: 30_000 })
  await expect(alert).toContainText('(Get-MgApplication -Filter')
  await objectId.fill(simulator.facts.clientId)
  await rotate.click()
  await expect(alert).toContainText('this is the Application (client) ID')
  // The enterprise application's: the most frequent mistake.
  await objectId.fill(simulator.facts.objectId)
  await rotate.click()
  await expect(alert).toContainText('Microsoft did not accept the signature', { timeout: 30_000 })
  expect((await simulator.application()).certificates).toHaveLength(1)

  await openGraphWay(credentials)
  await expect(objectId).toHaveValue(simulator.facts.objectId)
  await objectId.fill((await simulator.application()).objectId)
  await rotate.click()
  await expect(credentials.said()).toContainText('The new credential is current', { timeout: 30_000 })
  expect((await simulator.application()).certificates).toHaveLength(2)
  expect(await page.content()).not.toContain('PRIVATE KEY')
  await mailLeaves(page, simulator)
})

test('automatic rotation is an opt-in that says what it does, holds to its bounds, and is audited', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const credentials = new CredentialsPage(page)
  await credentials.openOne()
  await credentials.openEdit()
  const days = page.getByLabel('Renew automatically, days ahead')
  const save = page.getByRole('button', { name: 'Save', exact: true })
  await expect(days).toHaveValue('')
  await expect(credentials.main()).toContainText('Reminders begin 60 days before expiry')
  await days.fill('91')
  await save.click()
  await expect(credentials.alert()).toContainText('enter a whole number from 1 to 90')
  await days.fill('30')
  await save.click()
  await expect(credentials.said()).toContainText('30 days before they expire')
  await credentials.openOne()
  await expect(credentials.main()).toContainText('Automatic, 30 days ahead')
  await credentials.openEdit()
  await expect(days).toHaveValue('30')
  await days.fill('')
  await save.click()
  await expect(credentials.said()).toContainText('Nothing is replaced automatically')
  const rows = await tree.query<{ days: number | null }>(
    `SELECT details->'rotateDaysBefore' AS days FROM "AuditEvent" WHERE action = 'watch.change' ORDER BY sequence DESC LIMIT 2`,
  )
  expect(rows.map((row) => row.days)).toEqual([null, 30])
})

const REPLACE = 'Replace it through Microsoft'

/** The page of the credential in use, without scripts. */
async function atCredential(tree: Tree, admin: Cookies): Promise<FormClient> {
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await openReplacement(client)
  return client
}

async function openReplacement(client: FormClient): Promise<void> {
  await client.open('/credentials')
  await client.follow('Exchange Online')
  for (const link of ['Replace it now', 'Replace it again']) await client.followIfThere(link)
}

test('S-18 without scripts one press replaces a secret; what is missing and what a policy forbids is explained', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const client = await atCredential(tree, await sessionOf('admin'))
  await client.press(REPLACE)
  for (const text of ['has to be an owner of itself', 'New-MgServicePrincipalAppRoleAssignment'])
    expect(client.text).toContain(text)
  await grantGraph(simulator)
  await simulator.change('app-management-policy', { passwordAddition: true })
  await client.press(REPLACE)
  expect(client.text).toContain('An app management policy of your tenant forbids such a secret')
  await simulator.change('app-management-policy', { passwordAddition: false })
  await client.press(REPLACE)
  expect(client.text).toContain('The new credential is current')
  expect(client.text).toContain('the previous one is the fallback')
  expect(client.buttons).not.toContain(REPLACE)
  for (const needle of needles(simulator.facts.clientSecret)) expect(client.html).not.toContain(needle)
})

test('S-18 without scripts one press rolls a certificate over, and what was typed stays', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const client = await atCredential(tree, await sessionOf('admin'))
  await signInByCertificate(client, tree)

  await openReplacement(client)
  await client.press(REPLACE)
  expect(client.text).toContain('Object ID of the app registration: enter it')
  // The enterprise application's: the most frequent mistake.
  await client.press(REPLACE, { objectId: simulator.facts.objectId })
  expect(client.text).toContain('Microsoft did not accept the signature')
  await openReplacement(client)
  expect(client.valueOf('objectId')).toBe(simulator.facts.objectId)
  await client.press(REPLACE, { objectId: (await simulator.application()).objectId })
  expect(client.text).toContain('The new credential is current')
  expect((await simulator.application()).certificates).toHaveLength(2)
  expect(client.html).not.toContain('PRIVATE KEY')
})

test('automatic rotation is switched on and off without scripts too', async ({ sessionOf, tree }) => {
  const client = await atCredential(tree, await sessionOf('admin'))
  for (const [rotateDaysBefore, said] of [
    ['91', 'enter a whole number from 1 to 90'],
    ['30', '30 days before they expire'],
    ['', 'Nothing is replaced automatically'],
  ] as const) {
    await client.press('Save', { rotateDaysBefore })
    expect(client.text).toContain(said)
    if (rotateDaysBefore !== '91') expect(client.valueOf('rotateDaysBefore')).toBe(rotateDaysBefore)
  }
})

test('the replacement has no accessibility fault and fits 320 px, for a secret and for a certificate', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const client = await atCredential(tree, await sessionOf('admin'))
  await signIn('admin')
  const credentials = new CredentialsPage(page)
  await openGraphWay(credentials)
  await rotateButton(page).click()
  await expect(credentials.alert()).toBeVisible()
  await looks()
  await signInByCertificate(client, tree)
  await openGraphWay(credentials)
  await page.getByLabel('Object ID of the app registration').fill((await simulator.application()).objectId)
  await rotateButton(page).click()
  // Should the worker have its turn at that moment, it continues instead of the request.
  const said = /The new credential is current|continues automatically/
  await expect(credentials.said()).toContainText(said, { timeout: 30_000 })
  await looks()

  async function looks(): Promise<void> {
    await looksRightInGerman(page, new URL(page.url()).pathname, async () => {
      for (const summary of await page.locator('#replace summary').filter({ visible: true }).all())
        await summary.click()
    })
  }
})
