import type { Page } from '@playwright/test'
import { createTransport, type Transporter } from 'nodemailer'
import { Announcements } from './support/announcements'
import { saveExchange } from './support/calls'
import { type Cookies, expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import type { Tree } from './support/tree'

const SENDER = 'scanner@contoso.example'
/** The size of the first button that opens the calendar of a date field. It is the browser's own, so only its debugger sees it. */
async function calendarButtonSize(page: Page): Promise<[width: number, height: number]> {
  const debugging = await page.context().newCDPSession(page)
  await debugging.send('DOM.enable')
  const { nodes } = await debugging.send('DOM.getFlattenedDocument', { depth: -1, pierce: true })
  const button = nodes.find(({ attributes = [] }) => attributes.includes('-webkit-calendar-picker-indicator'))
  const { model } = await debugging.send('DOM.getBoxModel', { nodeId: button?.nodeId ?? 0 })
  return [model.width, model.height]
}

const MAIL = { from: SENDER, to: 'anna@fabrikam.example', subject: 'Scan 1', text: 'Scan' }

/** No link loses what was typed, and it is discarded together with its errors. */
async function keepsAndDiscards(page: Page): Promise<void> {
  await page.getByLabel('Place').fill('Room 4')
  await page.getByLabel('Allowed senders').fill('nobody')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('link', { name: /^Allowed senders: / })).toBeVisible()
  page.once('dialog', (dialog) => dialog.dismiss())
  await page.getByRole('link', { name: 'Set-up card' }).click()
  await expect(page.getByLabel('Place')).toHaveValue('Room 4')
  await page.getByRole('button', { name: 'Discard' }).click()
  await expect(page.getByLabel('Allowed senders')).toHaveValue(SENDER)
  await expect(page.getByLabel('Place')).toHaveValue('')
  await expect(page.getByRole('link', { name: /^Allowed senders: / })).toHaveCount(0)
  // What is taken back, or saved without a difference, is not unsaved: the next link does not ask.
  await page.getByLabel('Place').fill(' ')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Nothing has changed.')).toBeVisible()
  await page.getByLabel('Place').fill('Room 4')
  await page.getByLabel('Place').fill('')
}

test('a printer is added, set up from its card, seen sending, and refused with its reason after a reset', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/clients')
  await expect(page.getByText('No client has been added.')).toBeVisible()
  await looksRight(page, 'clients-empty')

  await page.getByRole('link', { name: 'Add client' }).click()
  await page.getByRole('link', { name: /^Password/ }).click()
  await page.getByLabel('Name').fill('Scanner, third floor')
  await page.getByLabel('Allowed senders').fill('nobody')
  await page.getByLabel('Kind').selectOption('Application')
  // What was typed stays when another way is chosen.
  await page.getByRole('link', { name: /^API key/ }).click()
  await expect(page.getByLabel('Valid until')).toBeVisible()
  await page.getByRole('link', { name: /^Password/ }).click()
  await expect(page.getByLabel('Valid until')).toHaveCount(0)
  await expect(page.getByLabel('Name')).toHaveValue('Scanner, third floor')
  await expect(page.getByLabel('Kind')).toHaveValue('application')
  await page.getByLabel('Kind').selectOption('Printer or scanner')
  await page.getByRole('button', { name: 'Add client' }).click()
  await expect(page.getByRole('link', { name: /^Allowed senders: / })).toBeVisible()
  await expect(page.getByLabel('Name')).toHaveValue('Scanner, third floor')
  await looksRight(page, 'clients-add')
  await page.getByLabel('Allowed senders').fill(SENDER)
  await page.getByRole('button', { name: 'Add client' }).click()

  await expect(page.getByRole('heading', { name: 'Access for Scanner, third floor' })).toBeVisible()
  const [user = '', pass = ''] = await page.locator('pre').allInnerTexts()
  await looksRight(page, 'clients-secret')
  await page.getByRole('link', { name: 'Open the set-up card, with the password' }).click()
  await expect(page.getByText(pass.trim())).toBeVisible()
  await expect(page.getByText(`${tree.submissionPorts.starttls} with STARTTLS`)).toBeVisible()
  await looksRight(page, 'clients-card')
  await page.goto('/account/notice')
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(page.getByText('Not used yet.')).toBeVisible()
  await page.getByRole('link', { name: 'Set-up card' }).click()
  await expect(page.getByText(pass.trim())).toHaveCount(0)
  await page.getByRole('link', { name: 'Postfix' }).click()
  await expect(page.getByText(`[localhost]:${tree.submissionPorts.starttls} ${user.trim()}:PASSWORD`)).toBeVisible()

  const server = { host: 'localhost', port: tree.submissionPorts.starttls, tls: { rejectUnauthorized: false } }
  const scanner = createTransport({ ...server, auth: { user: user.trim(), pass: pass.trim() } })
  await scanner.sendMail(MAIL)
  await page.goto('/clients')
  await expect(page.locator('[data-answer]')).toHaveText('Scanner, third floor has sent mail since yesterday.')
  await page.getByRole('link', { name: 'Scanner, third floor' }).click()
  await expect(page.getByText('Last message sent')).toBeVisible()
  await looksRight(page, 'client')
  await keepsAndDiscards(page)
  await page.getByRole('link', { name: 'Show its messages' }).click()
  await page.getByRole('link', { name: 'Scan 1' }).click()
  await expect(page.getByRole('link', { name: 'Scanner, third floor' })).toBeVisible()

  // As links from other pages lead there.
  await page.goto(`${await page.getByRole('link', { name: 'Scanner, third floor' }).getAttribute('href')}#reset`)
  await page.getByRole('button', { name: 'Generate a new one' }).click()
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(scanner.sendMail(MAIL)).rejects.toThrow(/535/)
  scanner.close()
})

test('R-12 what another person saved in other fields stays, and what they saved in the same field is shown next to what is typed', async ({
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await signIn('admin')
  const { path } = await withPress(tree, await sessionOf('admin'))
  await tree.query(`UPDATE "Client" SET senders = '{a@contoso.example,b@contoso.example}', "version" = "version" + 1`)
  await page.goto(path.split('?')[0] ?? '')
  await tree.query(`UPDATE "Client" SET "owner" = 'press@contoso.example', "version" = "version" + 1`)
  await page.getByLabel('Place').fill('Room 4')
  const save = page.getByRole('button', { name: 'Save changes' })
  await save.click()
  await expect(page.getByText('Changes saved.')).toBeVisible()
  await expect(page.getByLabel('Owner')).toHaveValue('press@contoso.example')
  await tree.query(`UPDATE "Client" SET "place" = 'Room 5', "version" = "version" + 1`)
  await page.getByLabel('Place').fill('Room 6')
  await save.click()
  const note = page.getByRole('region', { name: 'saved' })
  await expect(note).toBeFocused()
  await expect(note).toContainText('PlaceYoursRoom 6SavedRoom 5')
  await expect(page.getByText('Changes not saved yet')).toBeVisible()
  await save.click()
  await expect(page.getByText('Changes saved.')).toBeVisible()
  await expect(page.getByLabel('Place')).toHaveValue('Room 6')
})

/** After adding a client that is recognised by its network. */
async function withPress(tree: Tree, admin: Cookies): Promise<FormClient> {
  const client = new FormClient(tree.baseUrl, admin)
  await client.open(`/clients/add?way=network&networks=192.0.2.7&senders=${SENDER}&name=Press`)
  // The chosen way is said, and not only shown.
  expect(client.html).toContain('<title>Network: Add a client')
  expect(client.text).toContain('Settings: Network')
  await client.press('Add client')
  expect(client.text).toContain('Client added.')
  return client
}

test('R-12 without scripts too, another person’s changes stay where nothing was typed, and are shown next to what was typed elsewhere', async ({
  sessionOf,
  tree,
}) => {
  const client = await withPress(tree, await sessionOf('admin'))
  await client.press('Save changes', { place: 'Room 4', maxPerMinute: 'many' })
  expect(client.text).toContain('Nothing was saved')
  const theirs = `"owner" = 'press@contoso.example', "failureReport" = 'owner'`
  await tree.query(`UPDATE "Client" SET "place" = 'Room 5', ${theirs}, "version" = "version" + 1`)
  await client.press('Save changes')
  for (const text of ['Another change was saved while you were editing', 'PlaceYoursRoom 4SavedRoom 5'])
    expect(client.text).toContain(text)
  expect(client.valueOf('place')).toBe('Room 4')
  await client.press('Save changes')
  expect(client.text).toContain('Messages a minute: ')
  await client.press('Save changes', { maxPerMinute: '' })
  expect(client.text).toContain('Changes saved.')
  expect(client.html).toContain('<title>Press · Postroom</title>')
  await client.press('Save changes', { maxPerMinute: 'many' })
  expect(client.text).toContain('Nothing was saved')
  expect(client.text).not.toContain('Changes saved.')
  expect(client.html).toContain('<title>Error: Press · Postroom</title>')
  const merged = { place: 'Room 4', owner: 'press@contoso.example', failureReport: 'owner' }
  expect(await tree.query('SELECT place, owner, "failureReport" FROM "Client"')).toEqual([merged])

  await client.press('Disable client')
  expect(client.text).toContain('Client disabled.')
  await client.press('Remove Press')
  for (const text of ['Client removed.', 'No client has been added.']) expect(client.text).toContain(text)
})

test('a client that was rejected says why and for which address first, and offers a new password if its password was wrong', async ({
  sessionOf,
  tree,
}) => {
  const client = await withPress(tree, await sessionOf('admin'))
  await tree.query(`UPDATE "Client" SET way = 'login', login = 'press', "secretHash" = 'hash', "secretAt" = now(),
    "lastErrorAt" = now(), "lastError" = 'login-wrong'`)
  await client.open(client.path.split('?')[0] ?? '')
  expect(client.text).toContain('Rejected just now: wrong user name or password.')
  expect(client.text).toContain('If it is lost, reset the password of the client.')
  // Besides the one in the menu.
  expect(client.html.match(/popoverTarget="reset"[^>]*>Reset password<\/button>/gi)).toHaveLength(2)

  // Sessions are listed by the time in their ids.
  await tree.query(`UPDATE "Client" SET "lastError" = 'sender-not-allowed';
    INSERT INTO "SubmissionSession" (id, "startedAt", "durationMs", entrance, address, "clientId", accepted, refusal, stages)
    SELECT ('f' || substr(gen_random_uuid()::text, 2))::uuid, now(), 9, 'plain', '192.0.2.7', id, 0, 'sender-not-allowed', '[{"atMs":2,"event":"connect"},
      {"atMs":9,"event":"sender","detail":"copier@contoso.example","refusal":{"code":"sender-not-allowed","params":{}}}]' FROM "Client"`)
  await client.open(client.path)
  expect(client.text).toContain('Rejected just now: sender not allowed (copier@contoso.example).')
})

const REPORTS = '/clients/basic-authentication'

test('without scripts a report that cannot be read stays in the form, a large file is read, and linking its senders keeps the place in the list, until it is removed', async ({
  sessionOf,
  tree,
}) => {
  const client = await withPress(tree, await sessionOf('admin'))
  await client.open(REPORTS)
  await client.press('Add report', { text: 'Mail sent\n12' })
  expect(client.text).toContain('Content of the report: no column contains senders.')
  expect(client.invalid).toEqual(['text'])
  expect(client.valueOf('text')?.trim()).toBe('Mail sent\n12')
  const senders = Array.from({ length: 26 }, (_, at) => `printer-${at + 10}@contoso.example`)
  // 3 MiB: more than any other form may have.
  const lines = senders.flatMap((each) => Array<string>(20).fill(`${each},${'x'.repeat(6_000)},5`))
  const report = ['Sender address,Domain,Messages sent', ...lines].join('\n')
  await client.press('Add report', { text: '', file: { fileName: `report${'x'.repeat(200)}.csv`, content: report } })
  expect(client.text).toContain('26 senders read.')

  // The only sender of its page: with its link the page is past the end of the filtered list.
  const [last, first] = ['printer-35@contoso.example', 'printer-10@contoso.example']
  const [press] = await tree.query<{ id: string; name: string }>('SELECT id, name FROM "Client"')
  const link = async (sender: string, from: string, before?: () => Promise<unknown>) => {
    await client.open(from)
    await client.follow(`Link a client ${sender}`)
    const address = encodeURIComponent(sender)
    expect(client.html).toContain(`href="/clients/add?senders=${address}&amp;moving=${address}"`)
    await before?.()
    await client.press(`Save ${sender}`, { client: press?.name ?? '' })
  }
  await link(last, `${REPORTS}?progress=open&page=2`)
  expect(client.text).toContain('The client of the sender was saved.')
  expect(client.path).toBe(`${REPORTS}?progress=open&page=2&done=linked`)
  expect(client.rows.filter((row) => row.startsWith('printer-'))).toHaveLength(25)

  // Another administrator has linked it in the meantime.
  const other = client.another()
  await other.open(REPORTS)
  await other.follow(`Link a client ${first}`)
  await link(first, REPORTS)
  await other.press(`Save ${first}`, { client: '' })
  expect(other.text).toContain('another client was saved for this sender')
  expect(await tree.query(`SELECT "clientId" FROM "BasicAuthSender" WHERE address = '${first}'`)).toEqual([
    { clientId: press?.id },
  ])
  await other.press(`Save ${first}`, { client: '' })

  await link(first, REPORTS, () => tree.query('DELETE FROM "Client"'))
  expect(client.text).toContain('No client has this name.')
  expect(client.valueOf('client')).toBe(press?.name)
  expect(client.rows.find((row) => row.includes('reportxxx'))).toBeDefined()
  await client.press(/^Remove report/)
  for (const text of ['The report was removed.', 'No report yet.']) expect(client.text).toContain(text)
})

test('a form that is sent again because its answer was lost adds no second report, learning mode or mail server', async ({
  sessionOf,
  tree,
}) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  const pressTwice = async (address: string, ...form: Parameters<FormClient['press']>) => {
    await client.open(address)
    const sent = client.html
    await client.press(...form)
    const { path } = client
    client.html = sent
    await client.press(...form)
    expect(client.path).toBe(path)
  }
  const done = async () => {
    const actions = "'basic-auth.report', 'mail-server.add', 'learning.start'"
    return (await tree.query(`SELECT FROM "AuditEvent" WHERE "action" IN (${actions}) AND "result" = 'done'`)).length
  }
  const before = await done()
  await pressTwice(REPORTS, 'Add report', {
    text: 'Sender address,Messages sent\nonce@contoso.example,5\nmoving@contoso.example,5',
  })
  const senders = `SELECT "clientId" FROM "BasicAuthSender" WHERE address = 'once@contoso.example'`
  expect(await tree.query(senders)).toEqual([{ clientId: null }])
  // Added from the list, a client is linked, and the way leads back.
  await client.open(
    '/clients/add?way=network&networks=192.0.2.8&name=Moving&senders=moving@contoso.example&moving=moving@contoso.example',
  )
  await client.press('Add client')
  expect(client.path).toContain(REPORTS)
  expect(client.text).toContain('The client was added and linked to the sender.')
  await client.open(`/clients/add?way=login&name=Learned&senders=${SENDER}&learning=1`)
  await client.press('Add client')
  await client.press('I have saved it')
  expect(client.path).toBe('/clients/learning?done=added')
  await client.open('/clients/add?way=network&networks=192.0.2.9&senders=once@contoso.example&name=Once')
  await client.press('Add client')
  await client.open(REPORTS)
  await client.press(/^Link 1 proposed client/)
  expect(client.text).toContain('The proposed client was linked.')
  expect(await tree.query(senders)).toEqual([{ clientId: expect.any(String) }])
  await pressTwice('/mail-server/add', 'Add mail server', { serverName: 'Branch office' })
  await pressTwice('/clients/learning', 'Start learning mode', { networks: '192.0.2.0/28', senders: SENDER })
  expect(await done()).toBe(before + 3)
})

test('a learning mode that another person has started since the form was opened is named, and replaced only by a second press', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  const other = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await other.open('/clients/learning')
  const scriptless = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await scriptless.open('/clients/learning')
  await signIn('admin')
  await page.goto('/clients/learning')
  await other.press('Start learning mode', { networks: '192.0.2.0/28', senders: SENDER })
  expect(other.text).toContain('Learning mode is on.')

  await scriptless.press('Start learning mode', { networks: '203.0.113.0/28', senders: SENDER })
  expect(scriptless.text).toContain('started it for 192.0.2.0/28, until')
  expect(scriptless.valueOf('networks')).toBe('203.0.113.0/28')

  const start = page.getByRole('button', { name: 'Start learning mode' })
  await page.getByLabel('Allowed senders').fill(SENDER)
  await page.getByLabel('Allowed networks').fill('198.51.100.0/28')
  await start.click()
  await expect(page.locator('#answer-note')).toContainText('started it for 192.0.2.0/28, until')
  await expect(page.getByText('Devices in 192.0.2.0/28 can send')).toBeVisible()
  await expect(page.getByLabel('Allowed networks')).toHaveValue('198.51.100.0/28')
  await start.click()
  await expect(page.getByText('Devices in 198.51.100.0/28 can send')).toBeVisible()
  await expect(start).toBeHidden()
  await expect(page.locator('#answer-note')).toBeHidden()
  await page.getByRole('button', { name: 'Stop learning mode' }).click()
  await expect(start).toBeVisible()
})

/** Sends until its message is that client's: the listener may know for a second longer that learning mode was running. */
async function sendsAs(tree: Tree, device: Transporter, name: string): Promise<void> {
  const lastFrom = `SELECT c.name FROM "Message" m JOIN "Client" c ON c.id = m."clientId" ORDER BY m.id DESC LIMIT 1`
  await expect(async () => {
    await device.sendMail(MAIL)
    expect(await tree.query(lastFrom)).toEqual([{ name }])
  }).toPass()
}

test('a device is refused, seen in learning mode, added from there, and simulated', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await signIn('admin')
  const client = new FormClient(tree.baseUrl, admin)
  const textAt = async (path: string) => {
    await client.open(path)
    return client.text
  }
  const printer = createTransport({
    host: '127.0.0.1',
    port: tree.submissionPorts.plain,
    ignoreTLS: true,
    name: 'printer-3',
  })
  await expect(printer.sendMail(MAIL)).rejects.toThrow(/may not submit/)
  await expect
    .poll(() => textAt('/clients/sessions').then(() => client.section('Rejected devices')))
    .toContain('127.0.0.1')
  await page.goto('/clients/sessions')
  await looksRight(page, 'clients-sessions')

  await client.open('/clients/learning')
  await client.press('Start learning mode', { networks: '127.0.0.0/8', senders: SENDER })
  expect(client.text).toContain('Learning mode ends')
  expect(client.text).toContain(`${tree.submissionPorts.plain} without encryption`) // where to send to
  const announcements = await Announcements.of(page)
  await page.goto('/clients/learning')
  await expect(async () => void (await printer.sendMail(MAIL))).toPass()
  await expect(page.locator('main')).toContainText('127.0.0.1 (printer-3)')
  await expect.poll(() => announcements.all().then(String)).toMatch(/seen: 1\. Devices whose mail was accepted: 1$/)
  await looksRight(page, 'clients-learning')
  await client.open('/clients/learning')
  await client.follow('Add')
  await client.press('Add client')
  expect(client.path).toBe('/clients/learning?done=added')
  expect(client.text).toContain('Client added.')
  expect(client.text).toContain('Added as printer-3')
  await client.press('Stop learning mode')
  expect(client.text).toContain('Learning mode is off.')

  await sendsAs(tree, printer, 'printer-3')
  await expect
    .poll(() => textAt('/clients/sessions').then(() => client.rows))
    .toContainEqual(expect.stringContaining('printer-3'))
  await page.goto('/clients/sessions')
  await page
    .getByRole('row', { name: /printer-3/ })
    .getByRole('link')
    .click()
  await expect(page.locator('[data-answer]')).toHaveText('One message was accepted.')
  await looksRight(page, 'clients-session')

  await page.getByRole('link', { name: 'Clients' }).first().click()
  await page.getByRole('link', { name: 'Simulator' }).click()
  await page.getByRole('button', { name: 'Simulate' }).click()
  await expect(page.getByRole('link', { name: 'Address of the device: missing' })).toBeVisible()
  await page.getByLabel('Address of the device').fill('127.0.0.1')
  await page.getByLabel('Sender').fill(SENDER)
  await page.getByLabel('Recipients').fill('anna@fabrikam.example')
  await page.getByRole('button', { name: 'Simulate' }).click()
  await expect(page.locator('#result')).toBeFocused()
  await expect(page.locator('[data-answer]')).toHaveText('Postroom would accept the message for the recipient.')
  await expect(page.getByRole('article', { name: 'anna@fabrikam.example' })).toBeVisible()
  await looksRight(page, 'clients-simulate')
  const unknown = await textAt(
    `/clients/simulate?address=127.0.0.1&login=Printer+3&sender=${SENDER}&recipients=anna@fabrikam.example`,
  )
  expect(unknown).toContain('No client has the user name Printer 3.')
})

test('a file that is too large is removed from the report again, and what was read leaves the form', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  await page.goto('/clients/basic-authentication')
  const field = page.getByLabel('CSV file')
  const button = (name: string) => page.getByRole('button', { name })
  await expect(button('Remove the file')).toHaveCount(0)
  expect(await calendarButtonSize(page)).toEqual([24, 24])
  await page.getByLabel('Content of the report').fill('Sender address,Messages sent\nscanner@contoso.example,5')
  await field.setInputFiles({ name: 'report.csv', mimeType: 'text/csv', buffer: Buffer.alloc(4 * 1024 ** 2 + 1) })
  await button('Add report').click()
  await expect(field).toBeFocused()
  await button('Remove the file').click()
  await expect(field).toBeFocused()
  await button('Add report').click()
  await expect(page.getByText('One sender read.')).toBeVisible()
  await expect(page.getByLabel('Content of the report')).toHaveValue('')
})

test('a device is looked up, with this server and its ports filled in', async ({ page, signIn, tree }) => {
  await signIn('viewer')
  await page.goto('/clients')
  await page.getByRole('link', { name: 'Devices' }).click()
  await looksRight(page, 'clients-devices')
  await page.getByLabel('Name or text').last().fill('truenas core 13')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row')).toHaveCount(2)
  await page.getByRole('link', { name: 'TrueNAS CORE 13' }).click()

  const { starttls, plain } = tree.submissionPorts
  await expect(page.getByRole('definition').filter({ hasText: /^TLS \(STARTTLS\)$/ })).toBeVisible()
  await expect(page.getByRole('definition').filter({ hasText: new RegExp(`^${starttls}$`) })).toBeVisible()
  await looksRight(page, 'clients-device')
  await page.getByRole('link', { name: `Port ${plain} without encryption` }).click()
  await expect(page.getByRole('definition').filter({ hasText: /^Plain \(No Encryption\)$/ })).toBeVisible()
  await page.goto('/clients/devices/python-smtplib')
  await looksRight(page, 'clients-device-failures')
  expect((await page.request.get('/clients/devices/no-such-device')).status()).toBe(404)
})
