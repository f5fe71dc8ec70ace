import type { Page } from '@playwright/test'
import { RECIPIENT, saveExchange } from './support/calls'
import { CredentialsPage } from './support/credentials-page'
import { type Cookies, expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRightInGerman } from './support/looks'
import { needles } from './support/needles'
import type { Simulator } from './support/simulator'
import type { Tree } from './support/tree'

const REPLACE = 'Replace it through Microsoft'
const rotateButton = (page: Page) => page.getByRole('button', { name: REPLACE })

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

/** A test message, without a window. */
async function mailLeaves(client: FormClient, simulator: Simulator): Promise<void> {
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
  expect(await simulator.mails()).toHaveLength(1)
}

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
  for (const text of [
    'has to be an owner of its app registration',
    'New-MgServicePrincipalAppRoleAssignment',
    'New-MgApplicationOwnerByRef',
  ])
    expect(client.text).toContain(text)
  expect(client.text.split('New-MgApplicationOwnerByRef'), 'the commands are there once').toHaveLength(2)
  await grantGraph(simulator)
  await simulator.change('app-management-policy', { passwordAddition: true })
  await client.press(REPLACE)
  expect(client.text).toContain('An app management policy of your tenant forbids such a secret')
  expect((await simulator.application()).secrets).toHaveLength(1)
  await simulator.change('app-management-policy', { passwordAddition: false })
  await client.press(REPLACE)
  expect(client.text).toContain('The new credential is current')
  expect(client.text).toContain('the previous one is the fallback')
  expect(client.buttons).not.toContain(REPLACE)
  for (const needle of needles(simulator.facts.clientSecret)) expect(client.html).not.toContain(needle)
  await mailLeaves(client, simulator)
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
  expect(client.text).toContain('(Get-MgApplication -Filter')
  await client.press(REPLACE, { objectId: simulator.facts.clientId })
  expect(client.text).toContain('this is the Application (client) ID')
  // The enterprise application's: the most frequent mistake.
  await client.press(REPLACE, { objectId: simulator.facts.objectId })
  expect(client.text).toContain('Microsoft did not accept the signature')
  expect((await simulator.application()).certificates).toHaveLength(1)
  await openReplacement(client)
  expect(client.valueOf('objectId')).toBe(simulator.facts.objectId)
  await client.press(REPLACE, { objectId: (await simulator.application()).objectId })
  expect(client.text).toContain('The new credential is current')
  expect((await simulator.application()).certificates).toHaveLength(2)
  expect(client.html).not.toContain('PRIVATE KEY')
  await mailLeaves(client, simulator)
})

test('without scripts a person hears why nothing was done, also if another one’s step took the form away', async ({
  browser,
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  const client = await atCredential(tree, admin)
  const newSecret = 'typed-canary-Secret.0123'
  await tree.simulator.change('add-secret', { value: newSecret })
  await client.press('Add as next', { newSecret })
  await client.press('Test it')
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: tree.baseUrl })
  await context.addCookies(admin)
  const page = await context.newPage()
  const press = async (said: string) => {
    await page.getByRole('button', { name: 'Make it current' }).click()
    await expect(page).toHaveTitle(/^Error: /)
    await expect(page.getByText(said).filter({ visible: true })).toHaveCount(1)
  }
  await page.goto(client.path)
  await tree.query('UPDATE "MailServer" SET version = version + 1')
  await press('It was changed in the meantime, so nothing was done.')
  await page.goto(client.path)
  await client.press('Stop and discard the next one')
  await press('The next one no longer exists.')
  await expect(page.getByRole('button', { name: 'Make it current' })).toHaveCount(0)
  await context.close()
})

test('automatic rotation is an opt-in that says what it does, holds to its bounds, and is audited', async ({
  sessionOf,
  tree,
}) => {
  const client = await atCredential(tree, await sessionOf('admin'))
  expect(client.valueOf('rotateDaysBefore')).toBe('')
  expect(client.text).toContain('Reminders begin 60 days before expiry')
  for (const [rotateDaysBefore, said] of [
    ['91', 'enter a whole number from 1 to 90'],
    ['30', '30 days before they expire'],
    ['', 'Nothing is replaced automatically'],
  ] as const) {
    await client.press('Save', { rotateDaysBefore })
    expect(client.text).toContain(said)
    if (rotateDaysBefore !== '91') expect(client.valueOf('rotateDaysBefore')).toBe(rotateDaysBefore)
    expect(client.text.includes('By hand until the expiry date is known')).toBe(rotateDaysBefore === '30')
  }
  // Days that a colleague saves in between are named before they are replaced.
  await tree.query(`UPDATE "CredentialWatch" SET "rotateDaysBefore" = 14, "rotateVersion" = "rotateVersion" + 1`)
  await client.press('Save', { rotateDaysBefore: '20' })
  expect(client.text).toContain('Renew automatically, days aheadYours20Saved14')
  expect(await tree.query('SELECT "rotateDaysBefore" AS days FROM "CredentialWatch"')).toEqual([{ days: 14 }])
  await client.press('Save', { rotateDaysBefore: '20' })
  expect(client.text).toContain('20 days before they expire')
  const rows = await tree.query<{ days: number | null }>(
    `SELECT details->'rotateDaysBefore' AS days FROM "AuditEvent" WHERE action = 'watch.change' AND result = 'done' ORDER BY sequence DESC LIMIT 2`,
  )
  expect(rows.map((row) => row.days)).toEqual([20, null])
})

test('S-18 in a window a secret is refused and a certificate rolled over by one click, what was typed stays, and each state looks right', async ({
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
  await expect(credentials.alert()).toContainText('has to be an owner of its app registration')
  await looks()
  await signInByCertificate(client, tree)
  await openGraphWay(credentials)
  const objectId = page.getByLabel('Object ID of the app registration')
  await objectId.fill(simulator.facts.clientId)
  await rotateButton(page).click()
  await expect(objectId).toHaveAccessibleDescription(/this is the Application \(client\) ID/)
  await expect(objectId).toHaveValue(simulator.facts.clientId)
  await objectId.fill((await simulator.application()).objectId)
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
