import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { dayAhead } from './support/day'
import { expect, test } from './support/fixtures'
import { ask, cookieHeader } from './support/http'
import { looksRight, saysNothingTwice } from './support/looks'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'
import { needles } from './support/needles'
import type { Simulator } from './support/simulator'

const NEW_SECRET = 'nX8Q~the-next-Client-Secret.0123456789ab'

const main = (page: Page) => page.getByRole('main')

async function open(page: Page): Promise<void> {
  await page.goto('/credentials')
  await expect(page.getByRole('heading', { name: 'Credentials', level: 1 })).toBeVisible()
}

/** The page where the one mail server's credential is replaced, by its link in the list. */
async function openReplace(page: Page): Promise<void> {
  await open(page)
  await page
    .getByRole('table', { name: 'Credentials' })
    .getByRole('link', { name: 'Replace the credential of' })
    .click()
  await expect(page.getByRole('heading', { name: 'Credentials of “Mail server”', level: 1 })).toBeVisible()
}

async function addSecret(page: Page, secret: string): Promise<void> {
  await page.getByText('Type in a client secret').click()
  await page.getByLabel('New client secret').fill(secret)
  await page.getByLabel('Valid until (optional)').fill(dayAhead(360))
  await page.getByRole('button', { name: 'Add as next' }).first().click()
}

/** A secret as an administrator makes it in the portal. */
const atMicrosoft = (simulator: Simulator) => simulator.change('add-secret', { value: NEW_SECRET })

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts })

    test('S-18 a secret is replaced by hand, a wrong one stops nothing, and mail leaves by the new one', async ({
      page,
      signIn,
      simulator,
    }) => {
      test.setTimeout(120_000)
      await signIn('admin')
      await new MailServerPage(page).setUpExchange(simulator.facts)
      await openReplace(page)
      await expect(main(page)).toContainText('Nothing is being replaced')

      await addSecret(page, 'wRo8Q~not-the-right-one.0123456789abcdef')
      await expect(main(page).getByRole('status')).toContainText('Stored as next')
      await page.getByRole('button', { name: 'Test next' }).click()
      await expect(main(page).getByRole('status')).toContainText('Entra does not know it yet')
      await expect(main(page)).toContainText('The console tries again by itself')
      await expect(main(page)).toContainText('Settling')
      await expect(main(page)).not.toContainText('Refused')
      await expect(page.getByRole('button', { name: 'Make current' })).toHaveCount(0)
      await page.getByRole('button', { name: 'Discard next' }).click()
      await expect(main(page).getByRole('status')).toContainText('discarded')

      await atMicrosoft(simulator)
      await addSecret(page, NEW_SECRET)
      await expect(main(page).getByRole('status')).toContainText('Stored as next')
      await page.getByRole('button', { name: 'Test next' }).click()
      await expect(main(page).getByRole('status')).toContainText('Entra accepts it')
      await page.getByRole('button', { name: 'Make current' }).click()
      await expect(main(page).getByRole('status')).toContainText('It is current')
      await expect(main(page)).toContainText('Fallback until')
      for (const needle of needles(NEW_SECRET)) expect(await page.content()).not.toContain(needle)

      await page.getByRole('link', { name: 'Go to the connection test' }).click()
      await page.getByLabel('Test with email address', { exact: true }).fill(RECIPIENT)
      await new MailServerPage(page).test()
      await new MailServerPage(page).accepted()
      expect(await simulator.mails()).toHaveLength(1)

      await open(page)
      await page.getByRole('link', { name: 'Remove the previous credential of “Mail server”' }).click()
      await page.getByRole('button', { name: 'Remove the previous' }).click()
      await expect(main(page).getByRole('alert')).toContainText('Too early')
      await page.getByLabel(/Remove it although/).check()
      await page.getByRole('button', { name: 'Remove the previous' }).click()
      await expect(main(page).getByRole('status')).toContainText('removed here')
      await expect(main(page)).not.toContainText('Fallback until')
    })
  })
}

test('A-09 a next credential wants a fresh session, and what was typed stays', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await openReplace(page)
  await tree.query(`UPDATE "Session" SET "createdAt" = now() - interval '20 minutes'`)
  await addSecret(page, NEW_SECRET)
  await expect(main(page).getByRole('alert')).toContainText('password', { ignoreCase: true })
  await expect(page.getByLabel('New client secret')).toHaveValue(NEW_SECRET)
})

test('a certificate is made here, uploaded at Entra, and accepted', async ({ page, signIn, simulator }) => {
  test.setTimeout(90_000)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await openReplace(page)
  await page.getByText('Make a certificate here').click()
  await page.getByRole('button', { name: 'Add as next' }).first().click()
  await expect(main(page)).toContainText('First upload the certificate', { timeout: 30_000 })
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the certificate (.cer)' }).click()
  const file = await waiting
  expect(file.suggestedFilename()).toMatch(/^postroom-[0-9a-f]{8}\.cer$/)
  const der = readFileSync(await file.path())
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
  await simulator.change('add-certificate', { certificate: pem })
  await page.getByRole('button', { name: 'Test next' }).click()
  await expect(main(page).getByRole('status')).toContainText('Entra accepts it')
})

test('note, date and check of one credential; the page says what Microsoft’s dates would need', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await openReplace(page)
  await page.getByRole('button', { name: 'Find the dates of “Mail server” at Microsoft' }).click()
  await expect(main(page).getByRole('alert')).toContainText('Application.Read.All')
  await open(page)
  await page.getByRole('table', { name: 'Credentials' }).getByRole('link', { name: 'Client secret' }).click()
  await page.getByRole('textbox', { name: 'Note', exact: true }).fill('Made by the mail team')
  await page.getByRole('button', { name: 'Save the note' }).click()
  await expect(main(page).getByRole('status')).toContainText('The note is saved')
  await page.getByRole('textbox', { name: 'Valid until' }).fill(dayAhead(5))
  await page.getByRole('button', { name: 'Save the date' }).click()
  await expect(main(page).getByRole('status')).toContainText('The date is saved')
  await tree.query(`UPDATE "Credential" SET "foundExpiresAt" = '2031-11-26T05:06:07Z', "foundAt" = now()`)
  // Without what the step before said: the same words come again.
  await page.goto(new URL(page.url()).pathname)
  await page.getByRole('button', { name: 'Use Microsoft’s date (26 Nov 2031)' }).click()
  await expect(main(page).getByRole('status')).toContainText('The date is saved')
  await expect(page.getByRole('button', { name: 'Use Microsoft’s date' })).toHaveCount(0)
  await page.getByLabel('Owner (mail addresses)').fill('finance')
  await page.getByRole('button', { name: 'Save the owner' }).click()
  await expect(main(page).getByRole('alert')).toHaveText('“finance” is not a mail address.')
  await page.getByLabel('Owner (mail addresses)').fill('finance@contoso.example')
  await page.getByRole('button', { name: 'Save the owner' }).click()
  await expect(main(page).getByRole('status')).toContainText('The owner is saved')
  await page.getByRole('button', { name: 'Check now' }).click()
  await expect(main(page).getByText('Entra answered: Accepted.')).toBeVisible()
  await open(page)
  const table = page.getByRole('table', { name: 'Credentials' })
  await expect(table).toContainText('Made by the mail team')
  await expect(table).toContainText('finance@contoso.example')
  // The picture's bar begins there.
  await expect(table).toContainText('stored on')
  await tree.query(`UPDATE "Credential" SET "startsAt" = '2026-03-04T05:06:07Z'`)
  await open(page)
  await expect(table).toContainText('valid from 4 Mar 2026')
  await page.getByLabel('Owner').selectOption('No owner')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(main(page)).toContainText('No credential fits.')
  await page.getByLabel('Owner').selectOption('finance@contoso.example')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(table).toContainText('Client secret')
  await page.getByLabel('Kind').selectOption('Certificate')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(main(page)).toContainText('No credential fits.')
})

test('S-01 M-12 calendar and CSV: the address is shown once, works without a session, and ends when revoked', async ({
  page,
  signIn,
  simulator,
  sessionOf,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.query(
    `UPDATE "Credential" SET "expiresAt" = now() + interval '90 days', "expirySource" = 'typed', note = '=1+1',
      "startsAt" = '2026-03-04T05:06:07Z'`,
  )
  await open(page)
  await page
    .getByLabel('Whose calendar')
    .or(page.getByLabel('Name', { exact: true }))
    .first()
    .fill('Mail team')
  await page.getByRole('button', { name: 'Make an address' }).click()
  await expect(page.getByRole('heading', { name: 'Calendar address' })).toBeVisible()
  const address = ((await page.locator('pre').textContent()) ?? '').trim()
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(page.getByRole('heading', { name: 'Credentials', level: 1 })).toBeVisible()
  await open(page)
  expect(await page.content()).not.toContain(new URL(address).pathname)

  const read = () => ask(tree.baseUrl, new URL(address).pathname)
  const feed = await read()
  expect(feed.status).toBe(200)
  expect(feed.headers['cache-control']).toContain('private')
  expect(feed.body).toContain('BEGIN:VEVENT')
  expect((await ask(tree.baseUrl, new URL(address).pathname.replace('.ics', 'x.ics'))).status).toBe(404)

  const viewer = cookieHeader(await sessionOf('viewer'))
  const exports = `SELECT count(*)::int AS rows FROM "AuditEvent" WHERE action = 'credentials.export'`
  const [before] = await tree.query<{ rows: number }>(exports)
  const csv = await ask(tree.baseUrl, '/credentials/export', { headers: viewer })
  expect(csv.headers['content-disposition']).toBe('attachment; filename="postroom-credentials.csv"')
  expect(csv.body).toContain(",'=1+1,")
  expect(csv.body).toContain(',2026-03-04T05:06:07.000Z,')
  // an old session is led to the confirmation, and then to the page that has the link.
  await tree.query(`UPDATE "Session" SET "createdAt" = "createdAt" - interval '11 minutes'`)
  const old = await ask(tree.baseUrl, '/credentials/export?sort=state', { headers: viewer })
  expect([old.status, old.body]).toEqual([303, ''])
  expect(old.headers.location).toBe(`${tree.baseUrl}/confirm?next=${encodeURIComponent('/credentials?sort=state')}`)
  await tree.query(`UPDATE "Session" SET "createdAt" = "createdAt" + interval '11 minutes'`)
  const [after] = await tree.query<{ rows: number }>(exports)
  expect((after?.rows ?? 0) - (before?.rows ?? 0)).toBe(1)
  const waiting = page.waitForEvent('download')
  await page.getByRole('table', { name: 'Credentials' }).getByRole('link').first().click()
  await page.getByRole('link', { name: 'Calendar entry (.ics)' }).click()
  const ics = readFileSync(await (await waiting).path(), 'utf8')
  expect(ics).toContain('BEGIN:VALARM')
  for (const needle of needles(simulator.facts.clientSecret))
    for (const text of [feed.body, csv.body, ics, tree.postroom.output]) expect(text.includes(needle)).toBe(false)
  expect(tree.postroom.output).not.toContain(new URL(address).pathname)

  await open(page)
  await page.getByRole('button', { name: 'Revoke' }).click()
  await expect(main(page).getByRole('status')).toContainText('revoked')
  expect((await read()).status).toBe(404)
})

test('Z-01 a viewer sees every credential and no button that changes or asks', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await signIn('viewer')
  await open(page)
  await expect(page.getByRole('table', { name: 'Credentials' })).toContainText('Client secret')
  expect(await main(page).getByRole('button').allTextContents()).toEqual(['Print', 'Show'])
  await page.getByRole('table', { name: 'Credentials' }).getByRole('link', { name: 'Client secret' }).click()
  await expect(page.getByRole('heading', { name: 'Client secret of “Mail server” (current)' })).toBeVisible()
  await expect(main(page).getByRole('button')).toHaveCount(0)
})

test('a secret is replaced by keyboard alone, from typing it to removing the previous one', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await atMicrosoft(simulator)
  await openReplace(page)
  const reach = async (name: string) => {
    for (let stops = 0; stops < 60; stops++) {
      await page.keyboard.press('Tab')
      const said = await page.evaluate(() => {
        const at = document.activeElement as HTMLInputElement | null
        return at?.labels?.[0]?.textContent ?? at?.textContent ?? ''
      })
      if (said.trim() === name) return
    }
    throw new Error(`${name} is not reached by Tab`)
  }
  await reach('Type in a client secret')
  await page.keyboard.press('Enter')
  await reach('New client secret')
  await page.keyboard.type(NEW_SECRET)
  await page.keyboard.press('Enter')
  await expect(main(page).getByRole('status')).toContainText('Stored as next')
  await reach('Test next for “Mail server”')
  await page.keyboard.press('Enter')
  await expect(main(page).getByRole('status')).toContainText('Entra accepts it')
  await reach('Make current for “Mail server”')
  await page.keyboard.press('Enter')
  await expect(main(page).getByRole('status')).toContainText('It is current')
  await reach('Remove it although mail may still need it (after it came into wrong hands)')
  await page.keyboard.press('Space')
  await reach('Remove the previous credential of “Mail server”')
  await page.keyboard.press('Enter')
  await expect(main(page).getByRole('status')).toContainText('removed here')
})

test('S-18 while the previous secret carries mail, status, report and page say so, and one click goes back to it', async ({
  page,
  signIn,
  simulator,
}) => {
  test.setTimeout(90_000)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)
  await atMicrosoft(simulator)
  const keyId = (await simulator.application()).secrets.at(-1)?.keyId
  await openReplace(page)
  await addSecret(page, NEW_SECRET)
  await page.getByRole('button', { name: 'Test next' }).click()
  await page.getByRole('button', { name: 'Make current' }).click()
  await expect(main(page).getByRole('status')).toContainText('It is current')
  await simulator.change('remove-secret', { keyId })

  await mailServer.open()
  await page.getByLabel('Test with email address', { exact: true }).fill(RECIPIENT)
  await mailServer.test()
  await expect(page.getByRole('article')).toContainText('Deliveries currently use the previous credential, until', {
    timeout: 35_000,
  })
  await mailServer.open()
  const said = page.locator('body')
  await expect(main(page)).toContainText('Mail is sent with the previous credential')
  await expect(said).toContainText('On a previous secret')
  await expect(said).not.toContainText('Failing')
  await expect(said).not.toContainText(/may be failing|may not leave/)

  await page.getByRole('link', { name: 'State of mail: On a previous secret' }).click()
  await expect(main(page)).not.toContainText('then remove the previous one')
  await looksRight(page, 'fallback')
  await page.getByRole('button', { name: 'Go back to the previous credential of “Mail server”' }).click()
  await expect(main(page).getByRole('status')).toContainText('The previous credential is current again')
  await expect(said).not.toContainText('On a previous secret')
})

test('with 200 credentials of 20 mail servers each row names its mail server, and a page shows 25 of them', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.query(`
    INSERT INTO "MailServer" ("id", "name", "version", "settings", "updatedAt")
      SELECT gen_random_uuid(), 'Branch office ' || n, 1, s."settings", now()
      FROM "MailServer" s, generate_series(2, 20) n;
    INSERT INTO "Credential" ("id", "mailServerId", "kind", "slot", "digest", "createdBy", "expiresAt", "replacedAt", "fallbackUntil")
      SELECT gen_random_uuid(), s."id", 'client-secret', CASE WHEN n = 0 THEN 'current' ELSE 'previous' END, 'x' || n,
        'admin@contoso.example', now() + make_interval(days => n * 9), CASE WHEN n > 0 THEN now() END,
        CASE WHEN n > 0 THEN now() + interval '1 year' END
      FROM "MailServer" s, generate_series(0, 9) n
      WHERE n > 0 OR NOT EXISTS (SELECT 1 FROM "Credential" c WHERE c."mailServerId" = s."id")`)
  await page.goto('/credentials?sort=server')
  const rows = page.getByRole('table', { name: 'Credentials' }).getByRole('row')
  await expect(rows).toHaveCount(26)
  for (const row of (await rows.all()).slice(1)) await expect(row.getByRole('rowheader')).toContainText('of “')
  const response = await page.request.get('/credentials')
  expect((await response.body()).length).toBeLessThan(600_000)
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(6_000)
  await page.getByRole('link', { name: 'Next page' }).click()
  await expect(page).toHaveURL(/sort=server&page=2/)
  await page.getByLabel('Mail server', { exact: true }).selectOption('Branch office 7')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(rows).toHaveCount(11)
  await expect(page.getByRole('link', { name: 'Replace the credential of “Branch office 7”' })).toHaveCount(1)

  await page.goto('/credentials?locale=de')
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 900 })
    const runsIn = await page.locator('[data-timeline-row]').evaluateAll(
      (all) =>
        all.filter((row) => {
          const range = document.createRange()
          range.selectNodeContents(row.querySelector('p') as Element)
          const [text, plot] = [
            range.getBoundingClientRect(),
            (row.querySelector('svg') as Element).getBoundingClientRect(),
          ]
          const besides = text.right <= plot.left || text.bottom <= plot.top
          return !besides || text.right > window.innerWidth
        }).length,
    )
    expect(runsIn, `${width}`).toBe(0)
  }
})

test('the pages have no accessibility fault in either theme or language and fit 320 px', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  test.setTimeout(120_000)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await openReplace(page)
  await addSecret(page, NEW_SECRET)
  await expect(main(page).getByRole('status')).toContainText('Stored as next')
  const replace = new URL(page.url()).pathname
  const [current] = await tree.query<{ id: string }>(`SELECT id FROM "Credential" WHERE slot = 'current'`)
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '20 days' WHERE slot = 'current'`)
  await tree.query(`INSERT INTO "CredentialProbe" (id, "credentialId", at, reason, outcome, "durationMs")
    SELECT gen_random_uuid(), id, now(), 'asked', 'accepted', 40 FROM "Credential" WHERE slot = 'current'`)
  for (const locale of ['de', 'en'])
    for (const path of ['/credentials', `/credentials/${current?.id}`, replace]) {
      await page.goto(`${path}?locale=${locale}`)
      await saysNothingTwice(page, `${path} ${locale}`)
      await looksRight(page, `${path} ${locale}`)
    }
})
