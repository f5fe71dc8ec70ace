import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { exchangeFields, RECIPIENT, saveExchange } from './support/calls'
import { CredentialsPage } from './support/credentials-page'
import { dayAhead } from './support/day'
import { type Cookies, expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { type Answer, ask, cookieHeader } from './support/http'
import { Keyboard } from './support/keyboard'
import { looksRight, looksRightInGerman, saysNothingTwice } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { needles } from './support/needles'
import type { Simulator } from './support/simulator'
import type { Tree } from './support/tree'

const NEW_SECRET = 'nX8Q~the-next-Client-Secret.0123456789ab'

/** A secret as an administrator makes it in the portal. */
const atMicrosoft = (simulator: Simulator) => simulator.change('add-secret', { value: NEW_SECRET })

/** Stores a next secret without a window. Its client is at the page of the credential. */
async function withNextSecret(tree: Tree, admin: Cookies, newSecret = NEW_SECRET): Promise<FormClient> {
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/credentials')
  await client.follow('Exchange Online')
  await client.followIfThere('Replace it now')
  await client.press('Add as next', { kind: 'secret', newSecret, validUntil: dayAhead(360) })
  expect(client.text).toContain('Stored as the next one')
  return client
}

test('S-18 a secret is replaced by hand, a wrong one stops nothing, and mail is sent with the new one', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const adds = async (newSecret: string) => {
    const client = await withNextSecret(tree, admin, newSecret)
    await client.press('Test it')
    return client
  }
  let client = await adds('wRo8Q~not-the-right-one.0123456789abcdef')
  for (const text of ['Entra does not know it yet', 'A mistyped value looks the same until then'])
    expect(client.text).toContain(text)
  expect(client.text).not.toContain('Rejected')
  expect(client.buttons).not.toContain('Make it current')
  // The only form with this button is in the dialog.
  expect(client.html).toMatch(
    /<dialog id="discard"(?:(?!<\/dialog>).)*Microsoft shows it only(?:(?!<\/dialog>).)*<form/s,
  )
  await client.press('Stop and discard the next one')
  expect(client.text).toContain('was discarded')
  expect(client.text).toContain('Nothing is being replaced.')

  await atMicrosoft(simulator)
  client = await adds(NEW_SECRET)
  expect(client.text).toContain('Entra accepts it')
  await client.press('Make it current')
  expect(client.text).toContain('It is current')
  expect(client.text).toContain('Fallback until')
  for (const needle of needles(NEW_SECRET)) expect(client.html).not.toContain(needle)

  await client.follow('Send a test message')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
  expect(await simulator.mails()).toHaveLength(1)
  await client.open('/credentials')
  await client.follow(/^Finish replacing/)
  await client.press('Remove the previous secret')
  expect(client.text).toContain('Too early')
  const { path } = client
  await client.open('/mail-server/add')
  await client.press('Add mail server', { serverName: 'Branch office' })
  await client.press('Save changes', exchangeFields(simulator.facts))
  await client.open(path)
  expect(client.text).toContain('The same secret is used by Branch office.')
  await client.press('Remove the previous secret', { insist: 'on' })
  expect(client.text).toContain(
    'removed here. Remove it at Microsoft only when no mail server signs in with it any more.',
  )
  expect(client.text).not.toContain('Fallback until')
})

test('A-09 a next credential wants a fresh session, and what was typed stays', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  const credentials = new CredentialsPage(page)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await credentials.openOne()
  await tree.age(20)
  await credentials.addSecret(NEW_SECRET)
  await expect(credentials.alert()).toContainText('password', { ignoreCase: true })
  await expect(page.getByLabel('New client secret')).toHaveValue(NEW_SECRET)
})

test('a certificate is created here, uploaded at Entra, and accepted', async ({ page, signIn, simulator }) => {
  test.setTimeout(90_000)
  const credentials = new CredentialsPage(page)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await credentials.openOne()
  await credentials.chooseWay('Switch to a certificate')
  const days = page.getByLabel('Days of validity')
  await days.fill('0')
  await page.getByRole('button', { name: 'Add as next' }).filter({ visible: true }).click()
  await expect(days).toBeFocused()
  await expect(days).toHaveAccessibleDescription(/^Days of validity: enter a whole number/)
  await days.fill('365')
  await page.getByRole('button', { name: 'Add as next' }).filter({ visible: true }).click()
  await expect(credentials.main()).toContainText('First upload the certificate', { timeout: 30_000 })
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the certificate (.cer)' }).click()
  const file = await waiting
  expect(file.suggestedFilename()).toMatch(/^postroom-[0-9a-f]{8}\.cer$/)
  const der = readFileSync(await file.path())
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
  await simulator.change('add-certificate', { certificate: pem })
  await credentials.test()
  await expect(credentials.said()).toContainText('Entra accepts it')
})

test('in a window an owner that is no address has the focus and its error, once', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const credentials = new CredentialsPage(page)
  await signIn('admin')
  await credentials.openOne()
  // Open already, since the date is missing.
  const owners = page.getByLabel('Owners (email addresses)')
  await owners.fill('finance')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(owners).toBeFocused()
  await expect(owners).toHaveAccessibleDescription(/^Owners \(email addresses\): “finance”: no name before an @/)
  await expect(credentials.alert()).toHaveCount(0)
  await owners.fill('finance@contoso.example')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(credentials.said()).toContainText('Saved.')
})

test('between Microsoft’s other date and the button that takes it there is a gap', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await tree.query(
    `UPDATE "Credential" SET "expiresAt" = '2031-10-26T05:06:07Z', "expirySource" = 'typed', "foundExpiresAt" = '2031-11-26T05:06:07Z', "foundAt" = now()`,
  )
  await signIn('admin')
  await new CredentialsPage(page).openOne()
  const text = await page.getByText(/Microsoft says 26\sNov\s2031/).boundingBox()
  const button = await page.getByRole('button', { name: 'Use Microsoft’s date' }).boundingBox()
  expect((button?.y ?? 0) - ((text?.y ?? 0) + (text?.height ?? 0))).toBeGreaterThanOrEqual(6)
})

test('note, date, owner and check of one credential; the page says what Microsoft’s dates would need', async ({
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/credentials')
  await client.follow('Exchange Online')
  const address = client.path
  await client.press('Find at Microsoft')
  expect(client.text).toContain('Application.Read.All')
  await client.open(address)
  const own = { validUntil: dayAhead(5), note: 'Made by the mail team', owners: 'finance@contoso.example' }
  await client.press('Save changes', own)
  for (const text of ['Saved.', own.note]) expect(client.text).toContain(text)
  await tree.query(`UPDATE "Credential" SET "foundExpiresAt" = '2031-11-26T05:06:07Z', "foundAt" = now()`)
  await client.open(address)
  expect(client.text).toMatch(/Microsoft says 26\sNov\s2031/)
  await client.press('Use Microsoft’s date')
  expect(client.text).toContain('The date is saved')
  expect(client.buttons).not.toContain('Use Microsoft’s date')
  await client.press('Check now')
  expect(client.text).toMatch(/Entra’s answer: ?Accepted\./)
  await client.open('/credentials')
  expect(client.text).toContain(own.owners)
  await client.open('/credentials?owner=none')
  expect(client.text).toContain('No credentials match these filters.')
  await client.follow('Clear filters')
  expect(client.text).toContain('Client secret')
})

test('S-01 M-12 calendar and CSV: the address is shown once, works without a session, and ends when revoked', async ({
  simulator,
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await tree.query(
    `UPDATE "Credential" SET "expiresAt" = now() + interval '90 days', "expirySource" = 'typed', note = '=1+1',
      "startsAt" = '2026-03-04T05:06:07Z'`,
  )
  const heard: Answer[] = []
  const client = new FormClient(tree.baseUrl, admin, (_, answer) => heard.push(answer))
  await client.open('/credentials')
  await client.follow('Calendar')
  await client.press('Create an address', { feedName: 'Mail team' })
  expect(client.heading).toBe('Calendar address')
  const address = client.codeText()
  await client.press('I have saved it')
  expect(client.heading).toBe('Calendar')
  expect(client.html).not.toContain(new URL(address).pathname)

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
  await tree.age(11)
  const old = await ask(tree.baseUrl, '/credentials/export?state=needs', { headers: viewer })
  expect([old.status, old.body]).toEqual([303, ''])
  expect(old.headers.location).toBe(`${tree.baseUrl}/confirm?next=${encodeURIComponent('/credentials?state=needs')}`)
  await tree.age(-11)
  const [after] = await tree.query<{ rows: number }>(exports)
  expect((after?.rows ?? 0) - (before?.rows ?? 0)).toBe(1)
  await client.open('/credentials')
  await client.follow('Exchange Online')
  await client.follow('Add to calendar')
  const ics = client.html
  expect(heard.at(-1)?.headers).toMatchObject({
    'content-disposition': 'attachment; filename="postroom-credential.ics"',
    'content-type': 'text/calendar; charset=utf-8',
  })
  expect(ics).toContain('BEGIN:VALARM')
  for (const needle of needles(simulator.facts.clientSecret))
    for (const text of [feed.body, csv.body, ics, tree.postroom.output]) expect(text.includes(needle)).toBe(false)
  expect(tree.postroom.output).not.toContain(new URL(address).pathname)

  await client.open('/credentials/calendar')
  await client.press('Revoke Mail team')
  expect(client.text).toContain('revoked')
  expect((await read()).status).toBe(404)
})

test('Z-01 a viewer sees every credential and no button that changes or asks', async ({ sessionOf, tree }) => {
  await saveExchange(tree, await sessionOf('admin'))
  const client = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await client.open('/credentials')
  await client.follow('Exchange Online')
  expect(client.text).toContain('Client secret of Exchange Online')
  expect(/<main\b.*<\/main>/s.exec(client.html)?.[0]).not.toContain('<button')
})

test('a secret is replaced by keyboard alone, from typing it to removing the previous one', async ({
  page,
  signIn,
  simulator,
}) => {
  const credentials = new CredentialsPage(page)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await atMicrosoft(simulator)
  await credentials.openOne()
  const keyboard = new Keyboard(page)
  await keyboard.reachBeginning('Replace it now')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#replace/)
  await keyboard.reachBeginning('Enter a client secret')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('New client secret')).toBeVisible()
  await keyboard.reachBeginning('New client secret')
  await page.keyboard.type(NEW_SECRET)
  await page.keyboard.press('Enter')
  await expect(credentials.said()).toContainText('Stored as the next one')
  await keyboard.reachBeginning('Test it')
  await page.keyboard.press('Enter')
  await expect(credentials.said()).toContainText('Entra accepts it')
  await keyboard.reachBeginning('Make it current')
  await page.keyboard.press('Enter')
  await expect(credentials.said()).toContainText('It is current')
  await keyboard.reachBeginning('Remove it although mail may still need it')
  await page.keyboard.press('Space')
  await keyboard.reachBeginning('Remove the previous secret')
  await page.keyboard.press('Enter')
  await expect(credentials.said()).toContainText('removed here')
})

test('S-18 while the previous secret carries mail, status, report and page say so, and one click goes back to it', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await atMicrosoft(simulator)
  const keyId = (await simulator.application()).secrets.at(-1)?.keyId
  const client = await withNextSecret(tree, admin)
  await client.press('Test it')
  await client.press('Make it current')
  expect(client.text).toContain('It is current')
  await simulator.change('remove-secret', { keyId })
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Deliveries currently use the previous credential, until')

  await signIn('admin')
  const credentials = new CredentialsPage(page)
  await new MailServerPage(page).open()
  const said = page.locator('body')
  await expect(credentials.main()).toContainText('Mail is sent with the previous credential')
  await expect(said).toContainText('On a previous credential')
  await expect(said).not.toContainText('Failing')
  await expect(said).not.toContainText('may be failing')

  await page.getByRole('link', { name: 'State of mail: On a previous credential' }).click()
  await expect(credentials.main()).toContainText(
    'Entra rejects the new secret. Mail is sent with the previous credential until',
  )
  await expect(credentials.main()).toContainText('Locked while mail is sent with the previous secret.')
  await expect(credentials.main()).not.toContainText('then remove the previous one')
  await looksRight(page, 'fallback')
  await credentials.open()
  await expect(credentials.main()).toContainText('Exchange Online sends with its previous credential.')
  await credentials.openOne()
  await page.getByRole('button', { name: 'Go back to the previous one' }).click()
  await expect(credentials.said()).toContainText('The previous one is current again')
  await expect(said).not.toContainText('On a previous credential')
})

/** Of the whole page in a window of this width. */
async function heightAt(page: Page, width: number): Promise<number> {
  await page.setViewportSize({ width, height: 720 })
  return page.evaluate(() => document.documentElement.scrollHeight)
}

const SIZES = process.env.SOAK ? [1, 6, 12, 40, 200] : [1, 12, 200]

test(`with ${SIZES.join(', ')} credentials the page stays under 60 KB of HTML and 3,000 px, on a phone too, and every row names its mail server`, async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  const credentials = new CredentialsPage(page)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '155 days', "expirySource" = 'typed'`)
  const bytes = async () => {
    // What the browser shows; the data of the page's scripts is not part of it.
    const html = (await (await page.request.get('/credentials')).text()).replaceAll(/<script\b.*?<\/script>/gs, '')
    return Buffer.byteLength(html)
  }
  for (const size of SIZES) {
    await tree.query(`
      INSERT INTO "MailServer" ("id", "name", "version", "settings", "updatedAt")
        SELECT gen_random_uuid(), 'Branch office ' || n, 1, s."settings", now()
        FROM (SELECT "settings" FROM "MailServer" WHERE "name" = 'Exchange Online') s, generate_series(2, ${size}) n
        WHERE NOT EXISTS (SELECT 1 FROM "MailServer" WHERE "name" = 'Branch office ' || n);
      INSERT INTO "Credential" ("id", "mailServerId", "kind", "slot", "digest", "createdBy", "expiresAt", "owners")
        SELECT gen_random_uuid(), s."id", 'client-secret', 'current', s.name, 'admin@contoso.example',
          now() + make_interval(days => 2 * substring(s.name from 15)::int), ARRAY['operations@contoso.example']
        FROM "MailServer" s WHERE s.name LIKE 'Branch%'
        AND NOT EXISTS (SELECT 1 FROM "Credential" c WHERE c."mailServerId" = s."id")`)
    await credentials.open()
    expect(await bytes(), `${size} credentials`).toBeLessThan(60_000)
    expect(await heightAt(page, 390)).toBeLessThan(3_000)
    expect(await heightAt(page, 1280)).toBeLessThan(3_000)
    await expect(credentials.table()).toHaveCount(size === 1 ? 0 : 1)
  }
  // Keys of clients that expire are rows too, here a page full of them.
  await tree.query(`INSERT INTO "Client" ("id", "way", "kind", "name", "owner", "senders", "secretHash", "secretAt", "expiresAt", "createdBy", "createdAt")
    SELECT gen_random_uuid(), 'api-key', 'application', 'Application ' || n, 'operations@contoso.example', ARRAY['*@contoso.example'], 'hash ' || n,
      now() - interval '300 days', now() + make_interval(hours => 20 + n), 'admin@contoso.example', now() FROM generate_series(1, 25) n`)
  expect(await bytes(), '25 keys').toBeLessThan(60_000)
  await credentials.open()
  await expect(credentials.main()).toContainText('The API key of Application 1 expires')
  await expect(
    credentials.table().getByRole('link', { name: 'Replace the key: API key of Application 1' }).first(),
  ).toBeVisible()
  await tree.query(`UPDATE "Client" SET "removedAt" = now()`)
  await page.goto('/credentials?sort=server')
  await expect(credentials.table().getByRole('rowheader')).toHaveText(Array(25).fill(/Branch office|Mail server/))
  await page.getByRole('link', { name: 'Next page' }).click()
  await expect(page).toHaveURL(/sort=server&page=2/)

  await credentials.open()
  await page
    .getByRole('link', { name: /: 15 credentials$/ })
    .first()
    .click()
  await expect(credentials.table().getByRole('row', { name: /Branch office/ })).toHaveCount(15)
  await page.getByRole('searchbox').fill('office 77')
  await page.getByRole('searchbox').press('Enter')
  await expect(page).toHaveURL(/text=office/)
  await page.goto('/credentials?text=office+77')
  await expect(page.getByRole('link', { name: 'Branch office 77', exact: true })).toHaveCount(1)

  // Several are replaced one after the other: each step keeps the others in sight.
  await credentials.open()
  for (const server of ['Branch office 2', 'Branch office 3'])
    await page.getByRole('checkbox', { name: `Choose ${server}`, exact: true }).check()
  await page.getByRole('button', { name: 'Replace', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Branch office 2', level: 1 })).toBeVisible()
  const progress = (text: string) => page.getByRole('navigation', { name: text })
  await credentials.addSecret(NEW_SECRET)
  await expect(credentials.said()).toContainText('Stored as the next one')
  await progress('Replacing 1 of 2').getByRole('link', { name: 'Next: Branch office 3' }).click()
  await expect(page.getByRole('heading', { name: 'Branch office 3', level: 1 })).toBeVisible()
  await progress('Replacing 2 of 2').getByRole('link', { name: 'Back to the list' }).click()
  await expect(credentials.table()).toBeVisible()
})

test('the pages have no accessibility fault and fit 320 px in German', async ({ page, sessionOf, signIn, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await withNextSecret(tree, admin)
  await signIn('admin')
  const [current] = await tree.query<{ id: string }>(`SELECT id FROM "Credential" WHERE slot = 'current'`)
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '20 days' WHERE slot = 'current'`)
  await tree.query(`INSERT INTO "CredentialProbe" (id, "credentialId", at, reason, outcome)
    SELECT gen_random_uuid(), id, now(), 'asked', 'accepted' FROM "Credential" WHERE slot = 'current'`)
  for (const path of ['/credentials', `/credentials/${current?.id}`, '/credentials/calendar'])
    await looksRightInGerman(page, path, (where) => saysNothingTwice(page, where))
})
