import type { Route } from '@playwright/test'
import { dayAhead } from './support/day'
import { expect, test } from './support/fixtures'
import { looksRightInGerman } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { storeHour, storeMessage } from './support/messages'

test('the overview shows what needs attention, leads there, and is empty once it is fixed', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('viewer')
  await page.goto('/overview')
  await expect(page.getByText('An administrator has to set up the first mail server.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Start' })).toHaveCount(0)
  await signIn('admin')
  await page.goto('/overview')
  const answer = page.locator('[data-answer]')
  await expect(answer).toHaveText('Mail cannot be sent yet.')
  await expect(page.getByRole('link', { name: 'Start' })).toHaveAttribute('href', '/set-up')

  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  await page.goto('/overview')
  await expect(page.getByText('Exchange Online is not verified')).toBeVisible()
  await mailServer.open()
  await mailServer.test()
  await mailServer.accepted()

  await storeHour(tree, { hoursAgo: 0, delivered: 40, recipients: 8_100 })
  await storeHour(tree, { hoursAgo: 72, delivered: 9, recipients: 9 })
  await storeMessage(tree, { subject: 'Not taken', state: 'failed', code: 'recipient-not-found' })
  await page.goto('/overview')
  await expect(answer).toHaveText('Four things need you.')
  const attention = page.getByRole('region', { name: 'What needs your attention' })
  await expect(attention).toContainText('has used 8,100 of 10,000 recipients in 24 hours')
  await expect(page.getByRole('img', { name: /^Messages by hour .* 40 accepted, 1 failed/ })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Failed 1' })).toBeVisible()
  await page.getByText('Show as table').click()
  await expect(page.getByRole('table', { name: 'Last 24 hours' }).getByRole('row').nth(1)).toContainText('40')
  await page.getByRole('link', { name: '30 days' }).click()
  await expect(page.getByRole('img', { name: /^Messages by day .* 49 accepted/ })).toBeVisible()

  await attention.getByRole('link', { name: /^See the message/ }).click()
  await page.getByRole('link', { name: 'Not taken' }).click()
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await expect(page.getByText('One failure was dismissed.')).toBeVisible()
  await tree.query(`UPDATE "MailboxHour" SET recipients = 1`)
  await page.goto('/overview')
  await expect(answer).toHaveText('Two things need you.')
  await page.getByRole('link', { name: /^Enter date/ }).click()
  await page.getByRole('textbox', { name: 'Valid until' }).fill(dayAhead(300))
  await page.getByLabel('Owners (email addresses)').fill('it@contoso.example')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('main').getByRole('status')).toContainText('Saved.')
  await page.goto('/overview')
  await expect(answer).toHaveText('All clear.')
  await expect(page.getByRole('region', { name: 'Coming up' })).toContainText('client secret expires')
})

test('a part that cannot be loaded says so, and the rest of the page is there', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await storeMessage(tree, { subject: 'Not taken', state: 'failed', code: 'recipient-not-found' })
  await tree.query(`ALTER TABLE "MailboxHour" RENAME TO "MailboxHourAway"`)
  try {
    await page.goto('/overview')
    await expect(page.getByRole('region', { name: 'Last 24 hours' }).getByRole('alert')).toContainText(
      /This part of the page could not be loaded.* Number \d{10}$/,
    )
    await expect(page.getByRole('region', { name: 'What needs your attention' })).toContainText('One message failed')
    const servers = page.getByRole('table', { name: 'Mail servers' })
    await expect(servers.getByRole('columnheader')).toHaveText(['Mail server', 'State', 'Credential'])
    await expect(servers).toContainText('Exchange Online')
    await page.goto('/mail-server')
    await expect(page.getByRole('button', { name: 'Save changes' })).toBeVisible()
    await tree.query(`ALTER TABLE "KeyCheck" RENAME TO "KeyCheckAway"`)
    await page.goto('/overview')
    await expect(page.locator('[data-answer]')).toHaveText('What needs you could not be determined.')
    await expect(page.getByRole('table', { name: 'Mail servers' })).toContainText('Exchange Online')
    await page.goto('/system')
    await expect(page.locator('[data-answer]')).toHaveText('Whether the console is healthy could not be determined.')
    await expect(page.getByRole('region', { name: 'Parts' })).toContainText('Disk')
    await tree.query(`INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
      SELECT '00000000-0000-4000-8000-00000000000b', 'Branch office', false, 1, "settings", now() FROM "MailServer"`)
    for (const [table, path, rest] of [
      ['CredentialProbe', '/mail-server', page.getByRole('row', { name: /Branch office/ })],
      ['Sender', '/senders', page.getByRole('heading', { name: 'Senders' })],
      ['AuditEvent', '/activity', page.getByRole('main').getByText('How this log is protected')],
    ] as const) {
      await tree.query(`ALTER TABLE "${table}" RENAME TO "${table}Away"`)
      await page.goto(path)
      await tree.query(`ALTER TABLE "${table}Away" RENAME TO "${table}"`)
      await expect(page.getByRole('main').getByRole('alert')).toContainText(/could not be loaded.* Number \d{10}$/)
      await expect(rest).toBeVisible()
    }
  } finally {
    for (const table of ['CredentialProbe', 'Sender', 'AuditEvent'])
      await tree.query(`ALTER TABLE IF EXISTS "${table}Away" RENAME TO "${table}"`)
    await tree.query(`ALTER TABLE IF EXISTS "MailboxHourAway" RENAME TO "MailboxHour"`)
    await tree.query(`ALTER TABLE IF EXISTS "KeyCheckAway" RENAME TO "KeyCheck"`)
  }
})

test('the overview fits 320 px and passes axe', async ({ page, signIn, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  for (const [hoursAgo, delivered] of [12, 4, 0, 30, 1_204, 88].entries())
    await storeHour(tree, { hoursAgo: hoursAgo * 9, delivered, recipients: delivered * 2 })
  await storeMessage(tree, { subject: 'Not taken', state: 'failed', code: 'recipient-not-found' })
  await looksRightInGerman(page, '/overview', () => page.locator('summary').last().click())
})

test('a page that failed because the database does not answer says so, and is there again once it does', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 50[03]|React error #441/)
  await signIn('admin')
  let isReady = false
  await page.route('**/health/ready', (route) => route.fulfill({ status: isReady ? 200 : 503 }))
  await tree.query(`ALTER TABLE "Client" RENAME TO "ClientAway"`)
  try {
    await page.goto('/clients?view=all')
    await expect(page.getByRole('main').getByRole('alert')).toContainText('The database does not answer')
    await expect(page).toHaveTitle('The database does not answer or is read-only · Postroom')
  } finally {
    await tree.query(`ALTER TABLE "ClientAway" RENAME TO "Client"`)
  }
  isReady = true
  await expect(page.getByRole('heading', { name: 'Clients', level: 1 })).toBeVisible()
  await expect(page).toHaveURL(/\/clients\?view=all$/)
})

test('a page that failed because the database is out of memory says so, in both languages and however it was opened', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 50[03]|React error #441/)
  await signIn('admin')
  await page.goto('/help')
  const notice = page.getByRole('main').getByRole('alert')
  for (const table of ['Client', 'AuditEvent'])
    await tree.query(`ALTER TABLE "${table}" RENAME TO "${table}Away";
      CREATE FUNCTION "no${table}"() RETURNS SETOF "${table}Away" LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'out of memory' USING ERRCODE = '53200'; END $$;
      CREATE VIEW "${table}" AS SELECT * FROM "no${table}"(); GRANT SELECT ON "${table}" TO PUBLIC`)
  try {
    await page.getByRole('link', { name: 'Clients' }).click()
    await expect(notice).toContainText('The database is out of memory')
    await page.goto('/clients?locale=de')
    await expect(notice).toContainText('Der Datenbank fehlt Arbeitsspeicher')
    await expect(notice).toContainText('erhöhen Sie den Grenzwert, den ihr Protokoll nennt')
    await page.goto('/activity?locale=en')
    await expect(notice).toContainText(/^The database is out of memory\. This part of the page could not be loaded/)
    await expect(page.getByRole('main').getByText('How this log is protected')).toBeVisible()
  } finally {
    for (const table of ['Client', 'AuditEvent'])
      await tree.query(
        `DROP VIEW "${table}"; DROP FUNCTION "no${table}"; ALTER TABLE "${table}Away" RENAME TO "${table}"`,
      )
  }
})

test('a page that fails although the database answers is loaded again soon, then twice a minute', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 50[03]|React error #441/)
  await signIn('admin')
  await page.clock.install()
  let [loads, checks] = [0, 0]
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads++
    if (request.url().endsWith('/health/ready')) checks++
  })
  const notice = page.getByRole('main').getByRole('alert')
  const failsAfter = async (ms: number, expected: number[]) => {
    await page.clock.runFor(ms)
    await expect.poll(() => [loads, checks]).toEqual(expected)
    await expect(notice).toContainText('The database does not answer or is read-only')
  }
  await tree.query(`ALTER TABLE "Client" RENAME TO "ClientAway";
    CREATE FUNCTION "noClient"() RETURNS SETOF "ClientAway" LANGUAGE plpgsql
      AS $$ BEGIN RAISE 'read-only' USING ERRCODE = '25006'; END $$;
    CREATE VIEW "Client" AS SELECT * FROM "noClient"(); GRANT SELECT ON "Client" TO PUBLIC`)
  try {
    await page.goto('/clients')
    await failsAfter(0, [1, 0])
    await failsAfter(3_000, [2, 1])
    await page.clock.runFor(20_000)
    await page.evaluate(() => fetch('/health/live'))
    await failsAfter(0, [2, 1])
    await failsAfter(15_000, [3, 2])
  } finally {
    await tree.query(`DROP VIEW "Client"; DROP FUNCTION "noClient"; ALTER TABLE "ClientAway" RENAME TO "Client"`)
  }
})

test('a page that is opened instead of one that failed is not loaded again once the database answers', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/React error #441/)
  await signIn('admin')
  await page.clock.install()
  await page.goto('/help')
  const requests: Route[] = []
  await page.route('**/health/ready', (route) =>
    requests.push(route) === 1 ? undefined : route.fulfill({ status: 200 }),
  )
  await tree.query(`ALTER TABLE "Client" RENAME TO "ClientAway"`)
  try {
    await page.getByRole('link', { name: 'Clients' }).click()
    await expect(page.getByRole('main').getByRole('alert')).toBeVisible()
    await expect.poll(() => requests.length).toBe(1)
  } finally {
    await tree.query(`ALTER TABLE "ClientAway" RENAME TO "Client"`)
  }
  await page.getByRole('link', { name: 'Help' }).click()
  const field = page.getByRole('searchbox')
  await field.fill('AADSTS7000222')
  await requests[0]?.fulfill({ status: 503 }).catch(() => {}) // the page may have dropped it
  await page.evaluate(() => fetch('/health/live'))
  await page.clock.runFor(5_000)
  await page.evaluate(() => fetch('/health/live'))
  expect(requests).toHaveLength(1)
  await expect(field).toHaveValue('AADSTS7000222')
})

test('a page that failed, or all of the console, is shown again by the button once it can be, in the reader’s language and theme', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 500|React error #441/)
  await signIn('admin')
  await tree.query(`ALTER TABLE "Client" RENAME TO "ClientAway"`)
  try {
    await page.goto('/clients')
    await expect(page.getByRole('main').getByRole('alert')).toContainText(/^ErrorSomething went wrong\..*Number \d+/)
    await expect(page).toHaveTitle('Something went wrong · Postroom')
  } finally {
    await tree.query(`ALTER TABLE "ClientAway" RENAME TO "Client"`)
  }
  await page.getByRole('button', { name: 'Try again' }).click()
  const heading = page.getByRole('heading', { name: 'Clients', level: 1 })
  await expect(heading).toBeVisible()

  // Nor does what replaces the whole console lose the language and the theme.
  await page.context().addCookies([
    { name: 'locale', value: 'de', url: tree.baseUrl },
    { name: 'theme', value: 'dark', url: tree.baseUrl },
  ])
  await tree.query(`ALTER TABLE "Operator" RENAME TO "OperatorAway"`)
  try {
    await page.goto('/clients')
    await expect(page.locator('html[lang="de"][data-theme="dark"]').getByRole('alert')).toContainText(
      /^Ein Fehler ist aufgetreten.*Nummer \d+/,
    )
    await expect(page).toHaveTitle('Ein Fehler ist aufgetreten · Postroom')
  } finally {
    await tree.query(`ALTER TABLE "OperatorAway" RENAME TO "Operator"`)
  }
  await page.getByRole('button', { name: 'Erneut versuchen' }).click()
  await expect(heading).toBeVisible()
})
