import { createHmac } from 'node:crypto'
import type { Page } from '@playwright/test'
import { saveExchange } from './support/calls'
import { type Cookies, expect, oldSession, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { textOf } from './support/http'
import { Keyboard } from './support/keyboard'
import { looksRightInGerman, saysNothingTwice } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { needles } from './support/needles'
import { PASSWORDS } from './support/people'
import type { Posted } from './support/simulator'
import { type Tree, WORKER_MS } from './support/tree'

const PATH = '/credentials/reminders'
const MAILBOX = 'it-support@contoso.example'

const main = (page: Page) => page.getByRole('main')
const said = (page: Page) => main(page).getByRole('status')
const card = (page: Page, name: string) => page.getByRole('article', { name })

async function open(page: Page): Promise<void> {
  await page.goto(PATH)
  await expect(page.getByRole('heading', { name: 'Reminders', level: 1 })).toBeVisible()
}

/** Opens the form of a kind, fills it and sends it. */
async function add(page: Page, kind: 'Email' | 'Webhook' | 'Microsoft Teams', name: string, to: string): Promise<void> {
  const form = page.locator('#add details').filter({ has: page.getByText(kind, { exact: true }) })
  await form.locator('summary').click()
  await form.getByLabel('Name').fill(name)
  await form.getByLabel(kind === 'Email' ? 'Email address' : /^Address/).fill(to)
  await form.getByRole('button', { name: 'Add the channel' }).click()
}

const addMail = async (page: Page) => {
  await add(page, 'Email', 'IT support', MAILBOX)
  await expect(said(page)).toContainText('The channel is added')
}

/** Opens what can be changed about a channel. */
const openForms = (page: Page, name: string) =>
  card(page, name)
    .getByRole('link', { name: `Change ${name}` })
    .click()

/** @returns the signing key, as it is shown once. */
async function addWebhook(page: Page, url: string, name = 'Monitoring'): Promise<string> {
  await add(page, 'Webhook', name, url)
  const key = await keyShown(page)
  await expect(page.getByText('The channel is added. Send a test notification')).toBeVisible()
  return key
}

async function keyShown(page: Page): Promise<string> {
  await expect(page.getByRole('heading', { name: 'Signing key' })).toBeVisible()
  const help = page.getByRole('link', { name: 'How a receiver verifies the signature' })
  await expect(help).toHaveAttribute('href', '/help/webhook-signature')
  const key = ((await page.locator('pre').textContent()) ?? '').trim()
  expect(key).toMatch(/^[\w-]{43}$/)
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(page.getByRole('heading', { name: 'Reminders', level: 1 })).toBeVisible()
  return key
}

/** The same without scripts. */
async function keyOnce(client: FormClient): Promise<string> {
  const key = client.codeText()
  expect(key, client.text).toMatch(/^[\w-]{43}$/)
  await client.press('I have saved it')
  return key
}

/** Adds a mail address, and a webhook with its signing key if there is an address for it, without a window. */
async function withChannels(
  tree: Tree,
  admin: Cookies,
  webhook?: string,
): Promise<{ client: FormClient; key: string }> {
  const client = new FormClient(tree.baseUrl, admin)
  await client.open(PATH)
  await client.press('Add the channel', { kind: 'mail', name: 'IT support', address: MAILBOX })
  expect(client.text).toContain('The channel is added')
  if (webhook === undefined) return { client, key: '' }
  await client.press('Add the channel', { kind: 'webhook', name: 'Monitoring', url: webhook })
  return { client, key: await keyOnce(client) }
}

const signed = ({ headers, body }: Posted, key: string) =>
  `v1=${createHmac('sha256', key).update(`${headers['postroom-timestamp']}.${body}`).digest('hex')}`

/** Sets the expiry date of the stored secret to a number of days from now. */
const endsIn = (tree: Tree, days: number) =>
  tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '${days} days', "expirySource" = 'typed',
    "expiryVersion" = "expiryVersion" + 1 WHERE slot = 'current'`)

/** A channel is renamed in a form that asks before it drops what was typed. */
async function renames(page: Page, from: string, to: string): Promise<void> {
  const channel = card(page, from)
  await openForms(page, from)
  await channel.getByText('Name, language and contents').click()
  const name = channel.getByLabel('Name', { exact: true })
  await name.fill(to)
  page.once('dialog', (dialog) => dialog.dismiss())
  await channel.getByRole('link', { name: `Close ${from}` }).click()
  await expect(name).toHaveValue(to)
  await channel.getByRole('button', { name: 'Save' }).click()
  await expect(said(page)).toContainText('The channel is changed')
  await expect(card(page, to)).toBeVisible()
}

test('R-16 in a window a refused field has the focus, a key is shown once and renewed, and a form asks before it drops what was typed', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const { webhookUrl } = simulator.facts
  await saveExchange(tree, await sessionOf('admin'))
  await signIn('admin')
  await open(page)
  await add(page, 'Email', ' ', MAILBOX)
  await expect(main(page).locator('[aria-invalid="true"]:focus')).toHaveAccessibleDescription(
    /^Name: enter 1 to 100 characters/,
  )
  await open(page)
  await addMail(page)
  // The next step after the confirmation, in the channel’s row alone.
  await expect(main(page).getByRole('button', { name: 'Send a test IT support' })).toHaveClass(/button-primary/)

  const key = await addWebhook(page, webhookUrl)
  await openForms(page, 'Monitoring')
  await card(page, 'Monitoring').getByText('Renew the signing key').click()
  await card(page, 'Monitoring').getByRole('button', { name: 'Create a new key' }).click()
  const renewed = await keyShown(page)
  await card(page, 'Monitoring').getByRole('button', { name: 'Send a test' }).click()
  await expect(card(page, 'Monitoring').getByRole('status')).toContainText('The test notification was delivered')
  const [post] = await simulator.posts()
  expect(post?.headers['postroom-signature']).toBe(post && `${signed(post, renewed)},${signed(post, key)}`)

  await open(page)
  await renames(page, 'Monitoring', 'Post room')
  const html = await page.content()
  for (const secret of [key, renewed, new URL(webhookUrl).pathname])
    for (const needle of needles(secret))
      for (const text of [html, tree.postroom.output]) expect(text).not.toContain(needle)
})

test('R-12 the days are changed, and a change made on older ones is refused with both', async ({
  page,
  signIn,
  tree,
}) => {
  await signIn('admin')
  await open(page)
  const days = page.getByLabel('Days ahead')
  await expect(days).toHaveValue('60, 30, 14, 7, 1')
  await days.fill('90, soon')
  await page.getByRole('button', { name: 'Save days' }).click()
  await expect(days).toBeFocused()
  await expect(days).toHaveAccessibleDescription(/^Days ahead: enter whole numbers from 0 to 365/)
  await days.fill('7 90, 21')
  await page.getByRole('button', { name: 'Save days' }).click()
  await expect(said(page)).toContainText('The days are saved')
  await expect(days).toHaveValue('90, 21, 7')
  await tree.query(
    `UPDATE "CredentialWatch" SET "thresholdsDays" = '{45,0}', "thresholdsVersion" = "thresholdsVersion" + 1`,
  )
  await days.fill('10')
  await page.getByRole('button', { name: 'Save days' }).click()
  const note = main(page).getByRole('region', { name: 'saved' })
  await expect(note).toBeFocused()
  await expect(note).toContainText('Days aheadYours10Saved45')
  await page.getByRole('button', { name: 'Save days' }).click()
  await expect(days).toHaveValue('10')
  await expect(said(page)).toContainText('The days are saved')
})

/** Adds a webhook without a window. @returns its signing key */
async function addsWebhook(client: FormClient, name: string, url: string, about: string): Promise<string> {
  await client.open(PATH)
  await client.press('Add the channel', { kind: 'webhook', name, url, about })
  return keyOnce(client)
}

/** The same for a channel of Microsoft Teams, which is tried, renamed, also by a colleague at once, switched off and on, and removed. */
async function changesAndRemoves(client: FormClient, { simulator }: Tree): Promise<void> {
  await client.open(PATH)
  await client.press('Add the channel', { kind: 'teams', name: 'Mail team', url: simulator.facts.teamsWebhookUrl })
  await attempts(client, 'Mail team')
  expect((await simulator.posts())[0]).toMatchObject({ kind: 'teams', card: { type: 'AdaptiveCard' } })
  await client.follow('Change Mail team')
  const colleague = client.copy()
  await colleague.press('Save Mail team', { name: 'Night shift' })
  await client.press('Save Mail team', { name: 'Post room', locale: 'de' })
  expect(client.text).toContain('YoursPost roomSavedNight shift')
  expect(client.text).toContain('YoursGermanSavedEnglish')
  await client.press('Save Night shift')
  expect(client.text).toContain('The channel is changed')
  expect(client.article('Post room')).toContain('German')
  for (const [button, said] of [
    ['Switch off', 'The channel is off'],
    ['Switch on', 'The channel is on'],
    ['Remove this channel', 'The channel and its list of reminders are removed'],
  ] as const) {
    await client.follow('Change Post room')
    await client.press(`${button} Post room`)
    expect(client.text).toContain(said)
  }
  expect(client.article('Post room')).toBe('')
  await colleague.press('Send a test Night shift')
  expect(colleague.text).toContain('This channel no longer exists.')
}

async function attempts(client: FormClient, name: string): Promise<void> {
  await client.open(PATH)
  await client.press(`Send a test ${name}`)
  expect(client.text).toContain('The test notification was delivered')
}

test('R-16 channels are added, tried, changed, renewed and removed; addresses and keys stay secret', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const { webhookUrl, teamsWebhookUrl } = simulator.facts
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/credentials')
  await client.follow('Reminders')
  expect(client.text).toContain('Nobody is reminded yet.')
  const mail = { kind: 'mail', name: 'IT support', address: MAILBOX }
  await client.press('Add the channel', { ...mail, name: ' ' })
  expect(client.text).toContain('Name: enter 1 to 100 characters')
  await client.press('Add the channel', mail)
  expect(client.text).toContain('The channel is added')
  expect(client.text).toContain('If mail fails, only mail would report it')
  await attempts(client, 'IT support')
  const [arrived] = await simulator.mails()
  expect(arrived?.subject).toBe('Test notification: reminders reach you')
  expect(arrived?.envelope.to).toEqual([MAILBOX])
  expect(arrived?.raw).toMatch(/^Auto-Submitted: auto-generated/m)

  const key = await addsWebhook(client, 'Monitoring', webhookUrl, 'notifications')
  expect(client.text).not.toContain('only mail would report it')
  await attempts(client, 'Monitoring')
  const [trial] = await simulator.posts()
  expect(trial?.json).toMatchObject({ type: 'test', credential: null })
  expect(trial?.headers['postroom-signature']).toBe(trial && signed(trial, key))
  await client.open(PATH)
  await client.follow('Change Monitoring')
  await client.press('Create a new key Monitoring')
  const renewed = await keyOnce(client)
  await attempts(client, 'Monitoring')
  const [second] = await simulator.posts()
  expect(second?.headers['postroom-signature']).toBe(second && `${signed(second, renewed)},${signed(second, key)}`)
  await changesAndRemoves(client, tree)

  expect(client.article('Monitoring')).toContain(new URL(webhookUrl).origin)
  for (const secret of [key, renewed, new URL(webhookUrl).pathname, new URL(teamsWebhookUrl).search])
    for (const needle of needles(secret))
      for (const text of [client.html, tree.postroom.output]) expect(text).not.toContain(needle)
})

test('a webhook for messages alone gets no reminders, and its events are chosen one by one', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await addsWebhook(client, 'Orders', `${simulator.facts.webhookUrl}/orders`, 'messages')
  expect(client.article('Orders')).toContain('All clients: Message accepted into the outbox, ')
  expect(client.article('Orders')).toContain('No reminders.')
  const again = { kind: 'webhook', name: 'Again', url: `${simulator.facts.webhookUrl}/orders`, about: 'messages' }
  await client.press('Add the channel', again)
  expect(client.text).toContain('Choose what it gets under Change → Name, language and contents')
  await client.open(PATH)
  await client.follow('Change Orders')
  await client.press('Save Orders', { contents: ['failed', 'declined'] })
  expect(client.article('Orders')).toContain(
    'All clients: Message failed, Message declined by the rules. No reminders.',
  )
  await tree.query(`UPDATE "NotificationChannel" SET "messageClientId" = gen_random_uuid() WHERE name = 'Orders'`)
  await client.open(PATH)
  expect(client.article('Orders')).toContain('removed client: Message failed')
  await client.follow('Change Orders')
  await client.press('Save Orders', { name: 'Orders 2' })
  expect(client.text).toContain('Messages of: there is no such client; choose another one')
  expect([client.invalid, client.valuesOf('name')]).toEqual([['client'], expect.arrayContaining(['Orders 2'])])
  await client.press('Save Orders', { name: 'Orders 2', client: '' })
  expect(client.article('Orders 2')).toContain('All clients: Message failed')
})

test('without scripts a receiver that refuses or is not allowed is shown together with what to do, and days that another person has changed are refused', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await client.open(PATH)
  const webhook = { kind: 'webhook', name: 'Monitoring', url: `${simulator.facts.webhookUrl}/nowhere` }
  await client.press('Add the channel', webhook)
  await keyOnce(client)
  await client.open(PATH)
  await client.press('Send a test Monitoring')
  expect(client.text).toContain('does not know this address')
  await client.open(PATH)
  const withoutPort = client.text.replaceAll(new URL(webhook.url).host, '')
  for (const text of ['The last attempt failed: the receiver rejected it', '404']) expect(withoutPort).toContain(text)
  await client.press('Add the channel', { kind: 'webhook', name: 'Inside', url: 'https://192.0.2.1/hook' })
  await keyOnce(client)
  await client.open(PATH)
  await client.press('Send a test Inside')
  expect(client.text).toContain('add the host or network to POSTROOM_ALLOW_NETWORKS')

  await client.open(PATH)
  expect(client.valueOf('days')).toBe('60, 30, 14, 7, 1')
  await client.press('Save days', { days: '90, soon' })
  expect(client.text).toContain('Days ahead: enter whole numbers from 0 to 365')
  await client.press('Save days', { days: '7 90, 21' })
  expect(client.text).toContain('The days are saved')
  expect(client.valueOf('days')).toBe('90, 21, 7')
  await tree.query(
    `UPDATE "CredentialWatch" SET "thresholdsDays" = '{45,0}', "thresholdsVersion" = "thresholdsVersion" + 1`,
  )
  await client.press('Save days', { days: '10' })
  expect(client.text).toContain('Days aheadYours10Saved45')
})

test('F-65 R-16 a reminder is sent once to each channel; when mail is broken the webhook carries it, and mail follows', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  test.setTimeout(180_000)
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const { client, key } = await withChannels(tree, admin, simulator.facts.webhookUrl)
  await simulator.fault({ entraUnavailable: 5 })
  await endsIn(tree, 12)
  await tree.tick('reminders')
  await expect.poll(async () => (await simulator.posts()).length, { timeout: WORKER_MS }).toBe(1)
  const [post] = await simulator.posts()
  if (!post) throw new Error('nothing was posted')
  expect(post.json).toMatchObject({ type: 'credential.expiring', thresholdDays: 14, credential: { slot: 'current' } })
  expect(post.headers['postroom-signature']).toBe(signed(post, key))
  const waiting = `SELECT count(*)::int AS count FROM "Reminder" WHERE state = 'queued' AND fault IS NOT NULL`
  await expect
    .poll(async () => (await tree.query<{ count: number }>(waiting))[0]?.count, { timeout: WORKER_MS })
    .toBe(1)
  expect(await simulator.mails()).toEqual([])

  const row = async (what: string, channel: string) => {
    await client.open(PATH)
    return client.rows.find((text) => text.includes(what) && text.includes(channel))
  }
  expect(await row('14 days ahead', 'Monitoring')).toContain('Sent')
  expect(await row('14 days ahead', 'IT support')).toContain('Being sent')
  // That day had passed before the credential was stored.
  expect(await row('30 days ahead', 'IT support')).toBeUndefined()
  expect(client.article('IT support')).toContain('The last attempt failed')

  await simulator.fault({ entraUnavailable: null })
  await client.press('Try again now')
  expect(client.text).toContain('All waiting reminders were attempted again')
  await expect.poll(async () => (await simulator.mails()).length, { timeout: WORKER_MS }).toBe(1)
  await expect.poll(() => row('14 days ahead', 'IT support'), { timeout: WORKER_MS }).toContain('Sent')
  const [mail] = await simulator.mails()
  expect(mail?.subject).toBe('Exchange Online: a credential expires in 12 days')

  const done = `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'reminders' AND state = 'completed'`
  const before = (await tree.query<{ count: number }>(done))[0]?.count ?? 0
  await tree.tick('reminders')
  await expect
    .poll(async () => (await tree.query<{ count: number }>(done))[0]?.count ?? 0, { timeout: WORKER_MS })
    .toBeGreaterThan(before)
  expect([(await simulator.posts()).length, (await simulator.mails()).length]).toEqual([1, 1])
})

test('R-16 the navigation counts the credentials that need a person within a week, on every page', async ({
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  const said = async (path: string) => {
    await client.open(path)
    const links = client.html.match(/<a\b[^>]*href="\/credentials"[^>]*>.*?<\/a>/gs) ?? []
    return links.map((link) => textOf(link).trim()).find((text) => text.startsWith('Credentials'))
  }
  await endsIn(tree, 8)
  expect(await said('/help')).toBe('Credentials')
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '6 days' WHERE slot = 'current'`)
  for (const path of ['/mail-server', '/credentials/reminders', '/system', '/account'])
    expect(await said(path), path).toMatch(/^Credentials1? ?, one needs attention$/)
  await tree.query(
    `UPDATE "Credential" SET "refusedAt" = now(), "refusedCode" = 'secret-invalid' WHERE slot = 'current'`,
  )
  await client.open('/system')
  for (const text of ['Mail is not being sent.', 'Microsoft Entra rejects a credential.'])
    expect(client.text).toContain(text)
})

test('R-17 a clock that has not ticked for two intervals is shown', async ({ sessionOf, tree }) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  const textAt = async (path: string) => {
    await client.open(path)
    return client.text
  }
  // The schedule itself ticks every five minutes.
  const stop = () =>
    tree.query(`UPDATE "Heartbeat" SET "beatAt" = now() - interval '12 minutes' WHERE name = 'reminders'`)
  const stopped = (path: string, text: RegExp) =>
    expect.poll(() => stop().then(() => textAt(path)), { timeout: 20_000 }).toMatch(text)
  expect(await textAt('/system')).not.toContain('The reminder schedule has not reported')
  await stopped('/system', /The reminder schedule has not reported for 1\d minutes\./)
  await stopped('/credentials/reminders', /Reminders are not being sent\./)
  await tree.query(`UPDATE "Heartbeat" SET "beatAt" = now() WHERE name = 'reminders'`)
})

test('Z-01 a viewer sees it all and changes nothing; an operator may try', async ({ sessionOf, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const viewer = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await viewer.open(PATH)
  expect(viewer.text).toContain('An administrator can add a channel')
  await withChannels(tree, admin)
  await viewer.open(PATH)
  expect(viewer.article('IT support')).toContain(MAILBOX)
  expect(viewer.html).toContain('60, 30, 14, 7 and 1 days ahead')
  const buttons = ({ html }: FormClient) =>
    (/<main\b.*<\/main>/s.exec(html)?.[0].match(/<button\b.*?<\/button>/gs) ?? []).map(textOf)
  expect(buttons(viewer).filter((name) => name !== 'Copy')).toEqual([])
  const operator = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await operator.open(PATH)
  expect(buttons(operator).filter((name) => name !== 'Copy')).toEqual(['Send a test IT support'])
})

test('A-09 a channel wants a fresh session to be added or switched, and what was typed stays', async ({
  browser,
  sessionOf,
  simulator,
  tree,
}) => {
  await sessionOf('admin')
  // A session of this test alone: confirming ends the one it was done in.
  const context = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
  await context.addCookies(await oldSession('admin', tree, browser))
  const page = await context.newPage()
  await open(page)
  await add(page, 'Microsoft Teams', 'Mail team', simulator.facts.teamsWebhookUrl)
  await expect(main(page).getByRole('alert')).toContainText('password', { ignoreCase: true })
  await expect(page.getByLabel('Address of the workflow')).toHaveValue(simulator.facts.teamsWebhookUrl)
  const confirm = async () => {
    await page.getByLabel('Current password').fill(PASSWORDS.admin)
    await page.getByLabel('Current password').press('Enter')
  }
  await confirm()
  await expect(said(page)).toContainText('The channel is added')

  await tree.age(20)
  await openForms(page, 'Mail team')
  await card(page, 'Mail team').getByRole('button', { name: 'Switch off' }).click()
  await confirm()
  await expect(said(page)).toContainText('The channel is off')
  await tree.age(20)
  await openForms(page, 'Mail team')
  await card(page, 'Mail team').getByRole('button', { name: 'Switch on' }).click()
  await confirm()
  await expect(said(page)).toContainText('The channel is on')
  await context.close()
})

test('a channel is added and tried by keyboard alone', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await open(page)
  const keyboard = new Keyboard(page)
  await keyboard.reachBeginning('Email')
  await page.keyboard.press('Enter')
  await keyboard.reachBeginning('Name')
  await page.keyboard.type('IT support')
  await keyboard.reachBeginning('Email address')
  await page.keyboard.type(MAILBOX)
  await page.keyboard.press('Enter')
  await expect(said(page)).toContainText('The channel is added')
  await keyboard.reachBeginning('Send a test IT support')
  await page.keyboard.press('Enter')
  const confirmation = page.getByRole('status').filter({ hasText: 'The test notification was delivered' })
  await expect(confirmation).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('The channel is added')).toHaveCount(0)
})

test('the page has no accessibility fault and fits 320 px in German', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  test.setTimeout(180_000)
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await withChannels(tree, admin, `${simulator.facts.webhookUrl}/nowhere`)
  await signIn('admin')
  await open(page)
  await card(page, 'Monitoring').getByRole('button', { name: 'Send a test' }).click()
  await expect(card(page, 'Monitoring').getByRole('alert')).toBeVisible()
  await add(page, 'Microsoft Teams', 'Mail team', simulator.facts.teamsWebhookUrl)
  await expect(said(page)).toContainText('The channel is added')
  await endsIn(tree, 5)
  const [current] = await tree.query<{ id: string }>(`SELECT id FROM "Credential" WHERE slot = 'current'`)
  await tree.query(`INSERT INTO "Reminder" (id, "credentialId", "expiryVersion", "thresholdDays", "channelId", state,
      "deliveryId", "dueAt", attempts, "nextAttemptAt", "sentAt", fault)
    SELECT gen_random_uuid(), '${current?.id}', 2, days, c.id, state, gen_random_uuid()::text, now() - interval '1 day', 3,
      CASE state WHEN 'due' THEN now() + interval '2 hours' END, CASE state WHEN 'sent' THEN now() - interval '1 day' END,
      CASE WHEN state IN ('due', 'failed') THEN '{"code":"http-status","evidence":"404","at":"2026-11-24T12:00:00Z"}'::jsonb END
    FROM "NotificationChannel" c, (VALUES (7, 'due'), (14, 'covered'), (30, 'sent'), (60, 'failed'), (-1, 'cancelled')) AS v(days, state)
    WHERE c.kind = 'webhook'`)
  for (const path of ['/credentials/reminders', '/help/webhook-signature', '/system'])
    await looksRightInGerman(page, path, async (where) => {
      if (path !== '/system') {
        await expect(page.getByRole('table').first()).toBeVisible()
        for (const summary of await page.locator('main summary').all()) await summary.click()
      }
      await saysNothingTwice(page, where)
    })
})

test('the page about the HTTP API leads to where a webhook is added and to how its posts are verified', async ({
  page,
  signIn,
}) => {
  await signIn('viewer')
  await page.goto('/help/http-api')
  const webhooks = page.getByRole('region', { name: 'Webhooks' })
  await expect(webhooks.getByRole('row')).toHaveText([
    /When/,
    /message\.accepted/,
    /message\.delivered/,
    /message\.failed/,
    /message\.declined/,
  ])
  const signature = webhooks.getByRole('link', { name: 'How a receiver verifies the signature' })
  await expect(signature).toHaveAttribute('href', '/help/webhook-signature')
  await webhooks.getByRole('link', { name: 'Credentials → Reminders' }).click()
  await expect(page.getByRole('heading', { name: 'Reminders', level: 1 })).toBeVisible()
})

test('the weekly report is off until a channel is chosen, keeps what was saved in the meantime, and has a preview', async ({
  page,
  signIn,
  tree,
}) => {
  await tree.query(`INSERT INTO "NotificationChannel" ("id", "kind", "name", "address", "createdBy", "createdAt", "updatedAt")
    VALUES (gen_random_uuid(), 'mail', 'IT support', '${MAILBOX}', 'x', now(), now())`)
  await signIn('admin')
  await open(page)
  const panel = page.locator('#weekly')
  await expect(panel).toContainText('Off: no channel is chosen.')
  await panel.getByLabel('Day').evaluate((day: HTMLSelectElement) => day.add(new Option('Eighth', '8', true, true)))
  await panel.getByRole('button', { name: 'Save weekly report' }).click()
  await expect(panel.getByLabel('Day')).toHaveAttribute('aria-invalid', 'true')
  await expect(panel.getByRole('link', { name: 'Day: choose from the list' })).toHaveAttribute('href', '#weekday')
  await tree.query(`UPDATE "WeeklyReport" SET "version" = 1`)
  await panel.getByRole('checkbox', { name: 'IT support' }).check()
  await panel.getByLabel('Day').selectOption('Wednesday')
  await panel.getByLabel('Time (UTC)').selectOption('06:00')
  await panel.getByRole('button', { name: 'Save weekly report' }).click()
  await expect(panel.locator('#answer-note')).toContainText('Save again to replace the saved ones')
  await expect(panel.getByRole('checkbox', { name: 'IT support' })).toBeChecked()
  await panel.getByRole('button', { name: 'Save weekly report' }).click()
  await expect(said(page)).toContainText('The weekly report is saved.')
  await expect(panel).toContainText(/Next report: Wednesday, .* 06:00 UTC/)
  await panel.getByRole('link', { name: 'Show a preview' }).click()
  await expect(panel).toContainText('Weekly report: 0 sent, 0 failed')
  await looksRightInGerman(page, '/credentials/reminders?preview=weekly', (where) =>
    expect(page.locator('#weekly'), where).toContainText(/: 0 (gesendet|sent), 0 (fehlgeschlagen|failed)/),
  )
})

test('the weekly report is chosen and kept without scripts too', async ({ sessionOf, tree }) => {
  await tree.query(`INSERT INTO "NotificationChannel" ("id", "kind", "name", "address", "createdBy", "createdAt", "updatedAt")
    VALUES (gen_random_uuid(), 'mail', 'IT support', '${MAILBOX}', 'x', now(), now())`)
  const [channel] = await tree.query<{ id: string }>('SELECT id FROM "NotificationChannel"')
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await client.open(PATH)
  await tree.query(`UPDATE "WeeklyReport" SET "version" = 1`)
  await client.press('Save weekly report', { weeklyChannels: channel?.id ?? '', weekday: '3', hour: '6' })
  expect(client.text).toMatch(/YoursIT supportSavedNobody.*YoursWednesdaySavedMonday.*Yours06:00Saved07:00/s)
  expect(client.hash).toBe('#weekly')
  expect([client.valueOf('weeklyChannels'), client.valueOf('weekday'), client.valueOf('hour')]).toEqual([
    channel?.id,
    '3',
    '6',
  ])
  await client.press('Save weekly report')
  expect(client.text).toContain('The weekly report is saved.')
  expect(client.text).toMatch(/Next report: Wednesday, .* 06:00 UTC/)
  await client.follow('Show a preview')
  expect(client.text).toContain('Weekly report: 0 sent, 0 failed')
})
