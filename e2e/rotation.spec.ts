import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures'
import { looksRight } from './support/looks'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'
import { needles } from './support/needles'
import type { Simulator } from './support/simulator'
import type { Tree } from './support/tree'

const main = (page: Page) => page.getByRole('main')
/** The part of the page that asks Microsoft Graph. */
const graph = (page: Page) => page.locator('#graph')
/** The part of the list's page that is about every mail server. */
const ahead = (page: Page) => page.locator('#ahead')
const rotations = (page: Page) => page.getByRole('table', { name: 'Replacements through Microsoft Graph' })

async function open(page: Page): Promise<void> {
  await page.goto('/credentials')
  await expect(page.getByRole('heading', { name: 'Credentials', level: 1 })).toBeVisible()
  // The next step of the one mail server leads to the page where its credential is replaced.
  await page.getByRole('table', { name: 'Credentials' }).locator('a[href*="/credentials/servers/"]').click()
  await expect(page.getByRole('heading', { name: 'Credentials of “Mail server”', level: 1 })).toBeVisible()
}

async function grantGraph(simulator: Simulator): Promise<void> {
  await simulator.change('grant-graph-role', { role: 'Application.ReadWrite.OwnedBy' })
  await simulator.change('add-owner')
}

/** Replaces the secret by a certificate that was created here and uploaded by hand. */
async function signInByCertificate(page: Page, simulator: Simulator, tree: Tree): Promise<void> {
  await open(page)
  await page.getByText('Make a certificate here').click()
  await page.getByRole('button', { name: 'Add as next' }).first().click()
  await expect(main(page)).toContainText('First upload the certificate', { timeout: 30_000 })
  const [next] = await tree.query<{ certificate: string }>(`SELECT certificate FROM "Credential" WHERE slot = 'next'`)
  await simulator.change('add-certificate', { certificate: next?.certificate })
  await page.getByRole('button', { name: 'Test next' }).click()
  await expect(main(page).getByRole('status')).toContainText('Entra accepts it')
  await page.getByRole('button', { name: 'Make current' }).click()
  await expect(main(page).getByRole('status')).toContainText('It is current')
}

async function mailLeaves(page: Page, simulator: Simulator): Promise<void> {
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await page.getByLabel('Test with email address', { exact: true }).fill(RECIPIENT)
  await mailServer.test()
  await mailServer.accepted()
  expect(await simulator.mails()).toHaveLength(1)
}

/** As if the previous one had been the fallback for two hours; the schedule then continues within a minute. */
const longAfter = (tree: Tree) =>
  tree.query(`UPDATE "Credential" SET "replacedAt" = now() - interval '2 hours' WHERE slot = 'previous';
    UPDATE "Rotation" SET "nextTryAt" = now() WHERE "endedAt" IS NULL`)

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts })

    test('S-18 one click replaces a secret; what is missing and what a policy forbids is explained', async ({
      page,
      signIn,
      simulator,
      tree,
    }) => {
      test.setTimeout(120_000)
      await signIn('admin')
      await new MailServerPage(page).setUpExchange(simulator.facts)
      await open(page)
      const rotate = page.getByRole('button', { name: 'Rotate “Mail server” now through Microsoft' })

      await rotate.click()
      const alert = graph(page).getByRole('alert')
      await expect(alert).toContainText('must be among its own owners')
      await expect(alert).toContainText('New-MgServicePrincipalAppRoleAssignment')
      await expect(alert).toContainText('New-MgApplicationOwnerByRef')

      await grantGraph(simulator)
      await simulator.change('app-management-policy', { passwordAddition: true })
      await open(page)
      await rotate.click()
      await expect(alert).toContainText('An app management policy of your tenant forbids such a secret')
      expect((await simulator.application()).secrets).toHaveLength(1)

      await simulator.change('app-management-policy', { passwordAddition: false })
      await open(page)
      await rotate.click()
      await expect(main(page).getByRole('status')).toContainText('The new credential is in use', { timeout: 30_000 })
      await open(page)
      await expect(rotations(page).getByRole('row').nth(1)).toContainText('the previous one is the fallback')
      await expect(rotate).toHaveCount(0)
      for (const needle of needles(simulator.facts.clientSecret)) expect(await page.content()).not.toContain(needle)
      await mailLeaves(page, simulator)
      if (!scripts) return

      await longAfter(tree)
      await expect(async () => {
        await open(page)
        await expect(rotations(page).getByRole('row').nth(1)).toContainText('Done', { timeout: 1_000 })
      }).toPass({ timeout: 90_000 })
      expect((await simulator.application()).secrets).toHaveLength(1)
    })

    test('S-18 one click rolls a certificate over, without any permission', async ({
      page,
      signIn,
      simulator,
      tree,
    }) => {
      test.setTimeout(150_000)
      await signIn('admin')
      await new MailServerPage(page).setUpExchange(simulator.facts)
      await signInByCertificate(page, simulator, tree)
      await open(page)
      const rotate = page.getByRole('button', { name: 'Roll over “Mail server” now through Microsoft' })
      const objectId = page.getByLabel('Object ID of the app registration')

      await rotate.click()
      const alert = graph(page).getByRole('alert')
      await expect(alert).toContainText('Type it in', { timeout: 30_000 })
      await expect(alert).toContainText('(Get-MgApplication -Filter')
      await objectId.fill(simulator.facts.clientId)
      await rotate.click()
      await expect(alert).toContainText('This is the Application (client) ID')
      // The enterprise application's: the most frequent mistake.
      await objectId.fill(simulator.facts.objectId)
      await rotate.click()
      await expect(alert).toContainText('Microsoft did not take the proof', { timeout: 30_000 })
      expect((await simulator.application()).certificates).toHaveLength(1)

      await open(page)
      await expect(objectId).toHaveValue(simulator.facts.objectId)
      await objectId.fill((await simulator.application()).objectId)
      await rotate.click()
      await expect(main(page).getByRole('status')).toContainText('The new credential is in use', { timeout: 30_000 })
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
      await page.goto('/credentials')
      const days = page.getByLabel('Days before the end')
      const save = ahead(page).getByRole('button', { name: 'Save', exact: true })
      await expect(days).toHaveValue('')
      await expect(ahead(page)).toContainText('Reminders go on meanwhile and begin 60 days before the end')
      await days.fill('91')
      await save.click()
      await expect(ahead(page).getByRole('alert')).toContainText('A whole number of days from 1 to 90')
      await days.fill('30')
      await save.click()
      await expect(ahead(page).getByRole('status')).toContainText('30 days before its end')
      await page.goto('/credentials')
      await expect(days).toHaveValue('30')
      await days.fill('')
      await save.click()
      await expect(ahead(page).getByRole('status')).toContainText('nothing is replaced by itself')
      const rows = await tree.query<{ days: number | null }>(
        `SELECT details->'rotateDaysBefore' AS days FROM "AuditEvent" WHERE action = 'watch.change' ORDER BY sequence DESC LIMIT 2`,
      )
      expect(rows.map((row) => row.days)).toEqual([null, 30])
    })
  })
}

test('the Graph panel has no accessibility fault and fits 320 px, for a secret and for a certificate', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  test.setTimeout(180_000)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await open(page)
  await page.getByRole('button', { name: 'Rotate “Mail server” now through Microsoft' }).click()
  await expect(graph(page).getByRole('alert')).toBeVisible()
  await looks('secret')
  await signInByCertificate(page, simulator, tree)
  await open(page)
  await page.getByLabel('Object ID of the app registration').fill((await simulator.application()).objectId)
  await page.getByRole('button', { name: 'Roll over “Mail server” now through Microsoft' }).click()
  await expect(main(page).getByRole('status')).toContainText('The new credential is in use', { timeout: 30_000 })
  await looks('rolled')

  async function looks(name: string): Promise<void> {
    const replace = new URL(page.url()).pathname
    for (const locale of ['de', 'en']) {
      await page.goto(`${replace}?locale=${locale}`)
      for (const summary of await graph(page).locator('summary').all()) await summary.click()
      await looksRight(page, `${name} ${locale}`, '#graph')
    }
  }
})
