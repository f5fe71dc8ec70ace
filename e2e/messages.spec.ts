import type { Route } from '@playwright/test'
import { formatsIn } from '../lib/i18n/formats'
import { saveExchange } from './support/calls'
import { dayAhead } from './support/day'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRight, looksRightInGerman } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'
import { MessagesPage } from './support/messages-page'
import { WORKER_MS } from './support/tree'

const RECIPIENT = 'someone@fabrikam.example'

test('a failed message shows why and what to do, after the fix it is sent again, and the page of one that waits turns to accepted without a reload', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const id = await storeMessage(tree, { subject: 'Your secret ends', state: 'failed', code: 'recipient-not-found' })

  const messages = new MessagesPage(page)
  await messages.open()
  await expect(messages.answer).toHaveText('One message failed since yesterday.')
  await expect(messages.state('Failed 1')).toBeVisible()
  await page.getByRole('link', { name: 'Your secret ends' }).click()
  await expect(messages.answer).toHaveText('Failed: the recipient does not exist.')
  await expect(page.getByText(`Get-EXORecipient -Identity '${RECIPIENT}'`)).toBeVisible()
  await expect(page.getByRole('region', { name: 'History' })).toContainText('Attempt 1 for the recipient: rejected')

  // Sending again helps only after a repair, so it is not the first button.
  await expect(page.getByRole('button', { name: /^(Send again|Dismiss)$/ })).toHaveText(['Dismiss', 'Send again'])
  await expect(page.getByText('Sending again helps only after the steps below.')).toBeVisible()
  await page.getByRole('button', { name: 'Send again' }).click()
  await expect(page.getByRole('status')).toContainText('One message is sent again.')
  await expect(page.getByRole('table', { name: 'Recipients' })).toContainText('Accepted')
  await expect(messages.answer).toHaveText('Accepted.')
  await expect(page.getByText('For one recipient, sent as noreply@contoso.example.')).toBeVisible()
  const arrived = await simulator.mails()
  expect(arrived.map(({ messageId }) => messageId)).toEqual([`<${id}@contoso.example>`])

  const [event] = await tree.query<{ action: string; subject: string }>(
    `SELECT action, subject FROM "AuditEvent" WHERE action = 'message.resend' ORDER BY sequence DESC LIMIT 1`,
  )
  expect(event).toEqual({ action: 'message.resend', subject: `message:${id}` })

  const waiting = await storeMessage(tree, { subject: 'Later', state: 'queued', dueInMinutes: 40 })
  await page.clock.install()
  await page.goto(`/messages/${waiting}`)
  await expect(page.getByRole('button', { name: 'Attempt now' })).toBeVisible()
  const another = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await another.open(`/messages/${waiting}`)
  await another.press('Attempt now')
  await expect(async () => {
    await page.clock.fastForward(5_000) // the page is read again
    await expect(messages.answer).toHaveText('Accepted.', { timeout: 1_000 })
  }).toPass()
})

test('chosen messages are cancelled, all failed ones sent again or dismissed in one step, without scripts too', async ({
  tree,
  sessionOf,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  for (const subject of ['First', 'Second'])
    await storeMessage(tree, { subject, state: 'failed', code: 'recipient-not-found' })
  const third = await storeMessage(tree, { subject: 'Third', state: 'held' })
  await storeMessage(tree, { subject: 'Full', state: 'failed', code: 'mailbox-full' })

  const client = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await client.open('/messages?view=held')
  await client.press('Cancel messages', { id: [third] })
  expect(client.text).toContain('One message was cancelled.')

  await client.open('/messages')
  expect(client.buttons.filter((button) => button === 'Dismiss')).toHaveLength(2)
  await client.press(/^Dismiss 1: .*mailbox/)
  expect(client.text).toContain('One failure was dismissed.')
  expect(client.text).toContain('Failed2')

  await client.follow('Show 2')
  expect(client.text).toContain('Choose all 2 with this fault')
  await client.press('Send again', { all: '1' })
  expect(client.text).toContain('Two messages are sent again.')
  await expect.poll(async () => (await tree.query(`SELECT 1 FROM "Message" WHERE state = 'delivered'`)).length).toBe(2)
})

test('a dialog stays open when the scripts arrive, and when the page is read again', async ({ page, signIn, tree }) => {
  await storeMessage(tree, { subject: 'Third', state: 'held' })
  await signIn('operator')
  await page.clock.install()
  await page.route('**/*.js', () => {}) // until it is taken away again
  await page.goto('/messages?view=held', { waitUntil: 'commit' })
  const choice = page.getByRole('checkbox', { name: 'Choose: Third' })
  await choice.check()
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  const ask = bar.getByRole('button', { name: 'Cancel messages' })
  await ask.click()
  const dialog = page.getByRole('dialog', { name: 'Cancel the chosen messages?' })
  await expect(dialog).toBeVisible()
  await page.unroute('**/*.js')
  await expect(page.locator('form [aria-live="polite"]')).toHaveText('1 chosen')
  await expect(dialog).toBeVisible()

  await page.keyboard.press('Escape')
  // The page is read again only while nothing is chosen, and it is chosen before the answer comes.
  await choice.uncheck()
  const reading = new Promise<Route>((resolve) => page.route('**/messages?*', resolve, { times: 1 }))
  await page.clock.fastForward(5_000)
  const route = await reading
  await choice.check()
  await ask.press('Enter')
  await expect(dialog).toBeVisible()
  await tree.query(`UPDATE "Message" SET "subject" = 'Changed'`)
  await route.continue()
  await expect(page.getByRole('link', { name: 'Changed', includeHidden: true })).toBeAttached()
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Cancel messages' }).click()
  await expect(page.getByRole('status')).toHaveText(['One message was cancelled.'])
  await expect(dialog).toBeHidden()
})

test('where there are more pages, the bar says that the choice is of this page', async ({ page, signIn, tree }) => {
  await Promise.all(Array.from({ length: 26 }, (_, at) => storeMessage(tree, { subject: `Held ${at}`, state: 'held' })))
  await signIn('operator')
  const messages = new MessagesPage(page)
  await messages.open('?view=held')
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  await page
    .getByRole('checkbox', { name: /^Choose: Held/ })
    .first()
    .check()
  await expect(bar.getByText('1 of this page chosen')).toBeVisible()
  await page.getByRole('checkbox', { name: 'Choose all 26 that match' }).check()
  await expect(bar.getByText('All 26 that match are chosen')).toBeVisible()
})

test('messages are cancelled after a question only, and the focus returns to where it was', async ({
  page,
  signIn,
  tree,
}) => {
  const id = await storeMessage(tree, { subject: 'Third', state: 'held' })
  await storeMessage(tree, { subject: 'Fourth', state: 'held' })
  const held = async () => (await tree.query(`SELECT 1 FROM "Message" WHERE state = 'held'`)).length
  await signIn('operator')
  const messages = new MessagesPage(page)
  await messages.open('?view=held')
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  const all = page.getByRole('checkbox', { name: 'Choose all 2 that match' })
  await all.check()
  await expect(bar.getByText('All 2 that match are chosen')).toBeVisible()
  const third = page.getByRole('checkbox', { name: 'Choose: Third' })
  await expect(third).toBeChecked()
  await third.uncheck()
  await expect(all).not.toBeChecked()
  await expect(bar.getByText('1 chosen')).toBeVisible()
  await all.check()
  await bar.getByRole('button', { name: 'Cancel messages' }).click()
  const number = page.getByRole('dialog').getByText('Number of messages that can be cancelled: 2.')
  await expect(number).toBeVisible()
  await page.keyboard.press('Escape')
  await all.uncheck()
  await expect(bar).toBeHidden()
  await messages.choose('Third')
  await expect(bar.getByText('1 chosen')).toBeVisible()
  await expect(page.locator('form [aria-live="polite"]')).toHaveText('1 chosen')
  const ask = bar.getByRole('button', { name: 'Cancel messages' })
  await ask.click()
  const dialog = page.getByRole('dialog', { name: 'Cancel the chosen messages?' })
  await looksRight(page, 'messages-cancel-dialog', 'dialog:popover-open')
  await expect(number).toBeHidden()
  for (const key of ['Tab', 'Tab']) await page.keyboard.press(key)
  await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await expect(dialog.getByRole('button', { name: 'Cancel messages' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(ask).toBeFocused()
  expect(await held()).toBe(2)

  await ask.press('Enter')
  await dialog.getByRole('button', { name: 'Cancel messages' }).click()
  await expect(page.getByRole('status')).toHaveText(['One message was cancelled.'])
  await expect(dialog).toBeHidden()
  expect(await held()).toBe(1)

  await tree.query(
    `UPDATE "Message" SET "state" = 'held', "endedAt" = NULL, "mayBeDuplicate" = true WHERE id = '${id}'`,
  )
  await page.goto(`/messages/${id}`)
  await expect(page.getByText('May arrive twice')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel message' }).click()
  await expect(page.getByRole('dialog')).toContainText('Postroom no longer sends a cancelled message')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel message' }).click()
  await expect(page.getByRole('status')).toHaveText(['One message was cancelled.'])
  await expect(messages.answer).toHaveText('Cancelled.')
  await expect(page.getByText('It may have arrived all the same')).toBeVisible()
  await expect(page.getByText('May arrive twice')).toBeHidden()
  await tree.query(`UPDATE "Message" SET "subject" = '' WHERE id = '${id}'`)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('(no subject)')
  await expect(page).toHaveTitle('(no subject) · Postroom')
  await page.goto('/messages?done=cancel+most&count=10000')
  await expect(page.getByRole('status')).toHaveText([
    '10,000 messages were cancelled. That is the most at once: if more match, choose all of them again.',
  ])
})

test('R-06 without scripts waiting messages are retried now: one on its page, chosen ones and all in the list', async ({
  simulator,
  tree,
  sessionOf,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const later = (subject: string) => storeMessage(tree, { subject, state: 'queued', dueInMinutes: 40 })
  const [first, second] = [await later('First'), await later('Second'), await later('Third'), await later('Fourth')]
  const arrived = async () => (await simulator.mails()).map(({ messageId }) => messageId).reverse()

  const client = new FormClient(tree.baseUrl, admin)
  await client.open(`/messages/${first}`)
  await client.press('Attempt now')
  expect(client.text).toContain('One message is attempted next, before all others.')
  expect(client.text).not.toContain('until delivery is resumed')
  await expect.poll(arrived).toEqual([`<${first}@contoso.example>`])
  await client.open(`/messages/${first}`)
  expect(client.buttons).not.toContain('Attempt now')

  const german = new FormClient(tree.baseUrl, [...(await sessionOf('operator')), { name: 'locale', value: 'de' }])
  await german.open('/messages?view=waiting')
  await german.press('Jetzt versuchen', { id: [second] })
  expect(german.text).toContain('Eine Nachricht wird als nächste vor allen anderen gesendet.')
  await expect.poll(arrived).toEqual([`<${first}@contoso.example>`, `<${second}@contoso.example>`])
  // The message arrives before its result is written down.
  await expect
    .poll(async () => {
      await german.open('/messages?view=waiting')
      return german.text
    })
    .toContain('Alle 2 Treffer auswählen')
  await german.press('Jetzt versuchen', { all: '1' })
  expect(german.text).toContain('Zwei Nachrichten werden als nächste vor allen anderen gesendet.')
  await expect.poll(async () => (await arrived()).length).toBe(4)

  const fifth = await later('Fifth')
  await tree.query(`UPDATE "MailServer" SET "pausedAt" = now(), "pausedBy" = 'admin@contoso.example'`)
  await german.open('/messages?view=waiting')
  await german.press('Jetzt versuchen', { id: [fifth] })
  expect(german.text).toContain('Nachrichten für einen angehaltenen Mailserver warten')
})

test('messages are found by parts of words, with the other conditions, without scripts too', async ({
  tree,
  sessionOf,
}) => {
  // The oldest first, as they are accepted: the worker writes no search text for one that is much older than the latest text.
  await storeMessage(tree, { subject: 'Mahnung vom März', state: 'delivered', minutesAgo: 3000 })
  await storeMessage(tree, { subject: 'Rechnung für Mai', state: 'delivered', minutesAgo: 3 })
  await storeMessage(tree, { subject: 'Rechnung für Juni', state: 'held', minutesAgo: 2 })
  await storeMessage(tree, { subject: 'Mahnung', state: 'held', recipient: 'kasse@litware.example' })
  const client = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  const find = (text: string) => client.press('Search', { text })
  const hasRows = (...subjects: string[]) => {
    const rows = client.rows.slice(1)
    expect(rows).toHaveLength(subjects.length)
    for (const [at, subject] of subjects.entries()) expect(rows[at]).toContain(subject)
  }
  await client.open('/messages')
  expect(client.text).toContain('No mail server is set up yet.')
  expect(client.text).not.toContain('Set up a mail server')
  await find('RECHN für')
  hasRows('Rechnung für Juni', 'Rechnung für Mai')
  expect(client.text).toContain('Two messages match these filters.')
  await client.follow(/^Held/)
  hasRows('Rechnung für Juni')
  await find('asse@litw')
  hasRows('Mahnung')
  await find('nowhere')
  expect(client.text).toContain('No messages match these filters.')
  await find('no@where.example Mahnung')
  expect(client.text).not.toContain('Messages sent as')
  await find('ab')
  expect(client.text).toContain('“ab” was ignored: at least one word needs 3 characters or more.')
  hasRows('Mahnung', 'Rechnung für Juni')
  await client.open('/messages')
  await find('März')
  await client.follow('Search without a time limit')
  hasRows('Mahnung vom März')
  await client.open('/messages')
  await find('noreply@contoso.example')
  await client.follow('Messages sent as noreply@contoso.example')
  hasRows('Rechnung für Mai')
  await client.open('/messages')
  await client.press('Apply', { sender: 'noreply@contoso.example' })
  hasRows('Rechnung für Mai')

  await storeMessage(tree, { subject: 'Angebot', state: 'queued' })
  await client.open('/messages')
  await client.follow('Angebot')
  expect(client.text).toContain('No mail server is set up yet. No further attempts after')
  expect(client.section('History')).not.toContain('Next attempt')
  await tree.query(`UPDATE "Message" SET "expiresAt" = now() - interval '1 day' WHERE subject = 'Angebot'`)
  await client.open('/messages')
  await client.follow('Angebot')
  expect(client.text).toContain('One more attempt will be made.')
})

test('messages are found by day and time of day, and a change of all that match is one of these only, without scripts too', async ({
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const DAY_AGO = 24 * 60
  await storeMessage(tree, { subject: 'Too early', state: 'held', minutesAgo: DAY_AGO + 10 })
  for (const subject of ['One', 'Two']) await storeMessage(tree, { subject, state: 'held', minutesAgo: DAY_AGO })
  await storeMessage(tree, { subject: 'Too late', state: 'held', minutesAgo: DAY_AGO - 10 })
  const momentOf = (minutesAgo: number) =>
    new Date(Date.now() - minutesAgo * 60_000).toISOString().slice(0, 16).split('T')
  const [[from = '', fromTime = ''], [until = '', untilTime = '']] = [momentOf(DAY_AGO + 5), momentOf(DAY_AGO - 5)]
  const isoDay = (day: string) => formatsIn('en').isoDay(day).replaceAll('\u00a0', ' ')
  const chosen = `Time: ${isoDay(from)} ${fromTime} – ${isoDay(until)} ${untilTime}`

  await signIn('viewer')
  await new MessagesPage(page).open()
  await page.getByRole('button', { name: 'Time' }).click()
  await expect(page.getByLabel('From (UTC)')).toBeHidden()
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Chosen period')
  // A half-typed date that another period hides does not keep the form from being sent.
  await page.getByLabel('From (UTC)').press('1')
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Last 7 days')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('button', { name: 'Time: Last 7 days' }).click()
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Chosen period')
  await page.getByLabel('From (UTC)').fill(from)
  await page.getByLabel('Time from').fill(fromTime)
  await page.getByLabel('Until (UTC)').fill(until)
  await page.getByLabel('Time until').fill(untilTime)
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByRole('button', { name: chosen })).toBeVisible()
  await expect(page.getByRole('link', { name: /^(One|Two|Too .*)$/ })).toHaveText(['Two', 'One'])

  const client = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await client.open('/messages')
  await client.press('Apply', { time: 'range', from, fromTime, until, untilTime })
  expect(client.text).toMatch(
    /Two messages are held\.Nothing failed\.\s+Only messages that match the filters are counted\./,
  )
  expect(client.text).toContain('Choose all 2 that match')
  await client.press('Cancel messages', { all: '1' })
  expect(client.text).toContain('Two messages were cancelled.')
  expect(client.text).toContain(chosen)
  const held = await tree.query(`SELECT subject FROM "Message" WHERE state = 'held' ORDER BY subject`)
  expect(held).toEqual([{ subject: 'Too early' }, { subject: 'Too late' }])
  await client.open('/messages?time=range&from=2026-02-30&until=2026-02-28&untilTime=10:00')
  expect(client.text).toContain('“2026-02-30” is not a date and was ignored.')
  expect(client.text).toContain('Time: until 28 Feb 2026 10:00')
})

test('each press of a button that stays in the window is another request', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await signIn('admin')
  await page.goto('/mail-server')
  for (const text of ['Pause', 'Resume', 'Pause', 'Resume']) {
    const button = page.getByRole('button', { name: `${text} delivery: Exchange Online` })
    await button.click()
    await expect(button).toHaveCount(0)
  }
})

test('paused mail servers with the same fault share one panel, and a message that waits for one shows what to do', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await tree.query(`
    INSERT INTO "MailServer" (id, name, version, settings, "pausedAt", "pausedBy", "pauseCode", "pauseVersion", "nextProbeAt", "updatedAt")
      SELECT gen_random_uuid(), 'Branch ' || n, 1, settings, now(), 'diagnosis', 'secret-expired', 1, now() + interval '1 hour', now()
      FROM "MailServer", generate_series(1, 9) n`)
  const id = await storeMessage(tree, { subject: 'Waiting here', state: 'queued', dueInMinutes: 60 })
  await storeMessage(tree, { subject: 'Not delivered', state: 'failed', code: 'recipient-not-found' })
  await tree.query(
    `UPDATE "Message" SET "mailServerId" = (SELECT id FROM "MailServer" WHERE name = 'Branch 7') WHERE id = '${id}'`,
  )
  await signIn('admin')
  const messages = new MessagesPage(page)
  await messages.open()
  await expect(messages.answer).toHaveText(
    'Delivery through nine mail servers is paused: the client secret has expired.',
  )
  const panel = page.getByRole('region', { name: 'What to do' })
  await expect(panel.getByRole('button', { name: /^Resume delivery through Branch \d$/ })).toHaveCount(9)
  await expect(page.getByRole('region', { name: 'What went wrong' })).toContainText('The recipient does not exist')
  await looksRightInGerman(page, '/messages')
  await page.goto(`/messages/${id}?locale=en`)
  await expect(panel).toContainText('Copy the column Value')
})

test('a pause by a person keeps mail waiting and is shown on every page; a viewer has no button', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await signIn('admin')
  const messages = new MessagesPage(page)
  await messages.open()
  await page.evaluate('globalThis.isSameDocument = true')
  await page.getByRole('button', { name: 'Pause delivery' }).click()
  await expect(messages.answer).toHaveText('Delivery is paused.')
  await expect(page.getByRole('link', { name: /^State of mail: Paused/ })).toBeVisible({ timeout: 1_000 })
  expect(await page.evaluate('globalThis.isSameDocument')).toBe(true)

  await storeMessage(tree, { subject: 'Waiting here', state: 'queued' })
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/messages')
  expect(client.text).toMatch(/Waiting ?1/)
  await client.follow('Waiting here')
  expect(client.text).toContain('Waiting to be sent.')
  expect(client.text).toContain('Delivery is paused. By admin@contoso.example')
  expect(client.text).not.toContain('Next attempt')
  const viewer = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await viewer.open('/messages')
  expect(viewer.text).toContain('Delivery is paused.')
  expect(viewer.buttons).not.toContain('Resume delivery')
  expect(viewer.html).not.toContain('type="checkbox"')
  expect(viewer.text).toContain('You can view this. Operators can send messages again')

  await client.open('/messages')
  await client.press('Resume delivery')
  expect(client.text).toContain('Delivery was resumed.')
  await expect.poll(async () => (await simulator.mails()).length).toBe(1)

  // The page of the mail server does the same.
  await client.open('/mail-server')
  await client.press('Pause delivery: Exchange Online')
  expect(client.text).toContain('Delivery is paused.')
  await client.open('/overview')
  await client.press('Resume delivery: Delivery is paused')
  expect(client.text).toContain('Delivery was resumed.')
  const changes = await tree.query<{ action: string }>(
    `SELECT action FROM "AuditEvent" WHERE action LIKE 'mail-server.%e' ORDER BY sequence DESC LIMIT 4`,
  )
  expect(changes.map(({ action }) => action)).toEqual(
    ['resume', 'pause', 'resume', 'pause'].map((change) => `mail-server.${change}`),
  )
  await client.open('/')
  expect(client.heading).toBe('Overview')
})

test('an administrator sets how long messages are kept, the worker applies it, and of two saves the second is refused', async ({
  page,
  signIn,
  tree,
  sessionOf,
}) => {
  const failed = { state: 'failed', code: 'recipient-not-found' } as const
  const old = await storeMessage(tree, { subject: 'Old', ...failed, minutesAgo: 8 * 24 * 60 })
  const middle = await storeMessage(tree, { subject: 'Middle', ...failed, minutesAgo: 3 * 24 * 60 })
  const heldId = await storeMessage(tree, { subject: 'Held', state: 'held', minutesAgo: 80 * 24 * 60 })
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await client.open('/messages/retention')

  await signIn('admin')
  await page.goto(`/messages/${middle}`)
  const end = formatsIn('en').isoDay(dayAhead(30 - 3))
  await expect(page.getByText(`Stored until ${end}, so that it can be sent again`)).toBeVisible()
  await page.goto('/messages')
  await page.getByRole('link', { name: 'How long messages are kept' }).click()
  const [days, bodyDays] = [/^Keep finished messages/, /^Keep the text/]
  await page.getByLabel(days).fill('7')
  await page.getByLabel(bodyDays).fill('8')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByLabel(bodyDays)).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByLabel(days)).not.toHaveAttribute('aria-invalid', 'true')
  await expect(page.locator('#answer-note').getByRole('link')).toHaveAttribute('href', '#failedBodyDays')
  await expect(page.locator('#answer-note')).toHaveCSS('margin-bottom', '0px') // the form has a gap
  await expect(page.getByLabel(bodyDays)).toHaveValue('8')
  await page.getByLabel(bodyDays).fill('2')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('status')).toContainText('Saved.')

  await client.press('Save changes', { messageDays: '100' })
  expect(client.text).toMatch(/Yours100Saved7.*Saved2/s)
  expect(client.valueOf('messageDays')).toBe('100')

  await tree.tick('housekeeping')
  const rest = async () => ({
    messages: await tree.query('SELECT id FROM "Message" ORDER BY id'),
    texts: await tree.query('SELECT "messageId" AS id FROM "MessageBody"'),
  })
  await expect
    .poll(rest, { timeout: WORKER_MS })
    .toEqual({ messages: [{ id: heldId }, { id: middle }], texts: [{ id: heldId }] })
  expect(old).not.toBe(middle)
  const events = await tree.query(
    `SELECT result, details->>'messageDays' AS days FROM "AuditEvent" WHERE action = 'retention.change' ORDER BY sequence DESC LIMIT 2`,
  )
  expect(events).toEqual([
    { result: 'refused', days: '100' },
    { result: 'done', days: '7' },
  ])

  await signIn('viewer')
  await page.goto('/messages/retention')
  await expect(page.getByText('Finished messages are kept for 7 days')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(0)
})

test('the list and a message fit 320 px and pass axe in German', async ({ page, signIn, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const long = 'an.uncommonly.long.local.part.of.an.address@a-subsidiary-with-a-long-name.fabrikam.example'
  const id = await storeMessage(tree, {
    subject: 'Client secret ends in 7 days: Contoso production tenant, application Postroom',
    state: 'failed',
    code: 'recipient-not-found',
    recipient: long,
  })
  await storeMessage(tree, { subject: 'Later', state: 'queued', dueInMinutes: 40 })
  await storeMessage(tree, { subject: 'Held', state: 'held', minutesAgo: 90, recipient: RECIPIENT })
  await storeMessage(tree, { subject: 'Gone', state: 'delivered', minutesAgo: 200, recipient: RECIPIENT })
  for (const path of [
    '/messages',
    '/messages?view=waiting',
    '/messages?view=held',
    `/messages/${id}`,
    '/messages/retention',
  ])
    await looksRightInGerman(page, path)
})

test('at 320 px a message is at most three lines with its buttons in reach, and an address next to a long reply does not break within a part', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const subject = 'Client secret ends in 7 days: Contoso production tenant, application Postroom'
  const failed = { subject, state: 'failed', code: 'recipient-not-found' } as const
  const id = await storeMessage(tree, { ...failed, recipient: 'somebody@mail.adatum.example' })
  for (let more = 1; more < 30; more++) await storeMessage(tree, { ...failed, minutesAgo: more })
  await page.setViewportSize({ width: 320, height: 640 })
  await page.goto('/messages')
  const heights = await page
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height))
  expect(heights).toHaveLength(25)
  expect(Math.max(...heights)).toBeLessThan(100)
  await page
    .getByRole('checkbox', { name: /^Choose: / })
    .first()
    .check()
  await expect(page.getByRole('button', { name: 'Hold', exact: true })).toBeInViewport()
  const all = page.getByRole('checkbox', { name: 'Choose all on this page' })
  await all.focus()
  await expect(all).toBeInViewport({ ratio: 1 })

  await tree.query(`UPDATE "Recipient" SET reply = repeat('550 5.1.10 RESOLVER.ADR.RecipientNotFound; ', 12)`)
  await page.setViewportSize({ width: 1024, height: 800 })
  await page.goto(`/messages/${id}`)
  const address = page.getByRole('table', { name: 'Recipients' }).locator('bdi').first()
  const lines = await address.evaluate((element) => {
    const ends = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
    return ends.map((node) => {
      const range = document.createRange()
      range.selectNode(node)
      return range.getClientRects().length
    })
  })
  expect(lines).toEqual([1, 1, 1, 1])
})
