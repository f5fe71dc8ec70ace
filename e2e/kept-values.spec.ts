import type { BrowserContext, Locator, Page } from '@playwright/test'
import { saveExchange } from './support/calls'
import { type Cookies, expect, oldSession, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { holdRequests } from './support/hold-requests'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'
import { PASSWORDS, signInAs } from './support/people'
import { PolicyPage } from './support/policy-page'
import { addSenders } from './support/senders-page'
import type { Tree } from './support/tree'

const TENANT = 'Directory (tenant) ID'
const CLIENT = 'Application (client) ID'
const SECRET = 'Client Secret'

async function paste(page: Page, field: Locator, text: string): Promise<void> {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
  await field.fill('')
  await field.press('ControlOrMeta+V')
}

const infoOf = (page: Page, name: string) => page.locator(`#${name}-info`)

test('pasted quotes, labels, swapped IDs and blocks are tidied in their fields at once, and the next press takes them', async ({
  page,
  context,
  signIn,
  simulator,
}) => {
  const { tenantId, clientId, clientSecret, sender } = simulator.facts
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts, { tenantId: '', clientId: '' })

  await paste(page, mailServer.field(TENANT), `\u201c${tenantId}\u201d`)
  await expect(mailServer.field(TENANT)).toHaveValue(tenantId)
  await expect(infoOf(page, 'tenantId')).toHaveText('Quotation marks were removed. Check the value.')
  await expect(mailServer.field(TENANT)).toHaveAttribute('aria-invalid', 'false')

  await paste(page, mailServer.field(CLIENT), `Application (client) ID: ${clientId}`)
  await expect(mailServer.field(CLIENT)).toHaveValue(clientId)
  await expect(infoOf(page, 'clientId')).toHaveText('Only the ID was taken from the pasted text. Check it.')
  await mailServer.save()
  await mailServer.saved(1)
  await expect(infoOf(page, 'tenantId')).toHaveCount(0)

  await mailServer.open()
  await paste(page, mailServer.field(TENANT), clientId)
  await paste(page, mailServer.field(CLIENT), tenantId)
  await expect(mailServer.field(TENANT)).toHaveValue(tenantId)
  await expect(mailServer.field(CLIENT)).toHaveValue(clientId)
  await expect(infoOf(page, 'tenantId')).toContainText('seem to be swapped')
  await expect(mailServer.field('Keep the saved secret')).toBeChecked()
  await expect(page.getByText('No unsaved changes')).toBeVisible()

  const block = `Tenant ID: ${tenantId}\nClient ID: ${clientId}\nClient Secret: ${clientSecret}\nExpires: 2027-05-01`
  await paste(page, mailServer.field(TENANT), block)
  await expect(mailServer.field('Valid until')).toHaveValue('2027-05-01')
  await expect(mailServer.field(TENANT)).toHaveValue(tenantId)
  await expect(mailServer.field(SECRET)).toHaveValue(clientSecret)
  await expect(mailServer.field('Sender email address')).toHaveValue(sender)
  await mailServer.save()
  await mailServer.saved(2)
})

test('values that the server tidies appear in the fields that were typed into, as information, and are then saved', async ({
  page,
  signIn,
  simulator,
}) => {
  const { tenantId, clientId } = simulator.facts
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts, {
    tenantId: `Tenant: ${tenantId}`,
    clientId: `\u201e${clientId}\u201c`,
  })
  await mailServer.save()
  const note = page.getByRole('region', { name: 'pasted values were tidied' })
  await expect(note).toBeFocused()
  await expect(mailServer.field(TENANT)).toHaveValue(tenantId)
  await expect(mailServer.field(CLIENT)).toHaveValue(clientId)
  await expect(page.locator('[aria-invalid="true"]')).toHaveCount(0)
  await mailServer.save()
  await mailServer.saved(1)

  await mailServer.open()
  await mailServer.field(TENANT).fill(`\u201c${tenantId}\u201d`)
  await mailServer.field('Sender name').fill('Contoso')
  await mailServer.save()
  await expect(note).toBeFocused()
  await expect(mailServer.field('Keep the saved secret')).toBeChecked()
  await mailServer.save()
  await mailServer.saved(2)

  await mailServer.open()
  await mailServer.field(TENANT).fill(clientId)
  await mailServer.field(CLIENT).fill(tenantId)
  await mailServer.field('Enter a new one').filter({ visible: true }).check()
  await mailServer.field(SECRET).fill(simulator.facts.clientSecret)
  await mailServer.test()
  await expect(mailServer.field(TENANT)).toHaveValue(tenantId)
  await expect(note).toContainText('No test message sent yet')
  await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)
  await mailServer.test()
  await mailServer.accepted()
})

test('Back and Forward inside the console ask before unsaved changes are lost', async ({ page, signIn }) => {
  await signIn('admin')
  await page.goto('/activity')
  const places = page.getByRole('navigation', { name: 'Console' })
  const questions: string[] = []
  const answer = (how: 'accept' | 'dismiss') =>
    page.once('dialog', (dialog) => {
      questions.push(dialog.message())
      void dialog[how]()
    })
  await places.getByRole('link', { name: 'Mail server' }).click()
  const mailServer = new MailServerPage(page)
  await expect(mailServer.field('Sender name')).toBeVisible()
  await places.getByRole('link', { name: 'Activity' }).click()
  await expect(page).toHaveURL(/\/activity$/)
  await page.goBack()
  await mailServer.field('Sender name').fill('Contoso')
  await expect(page.getByText('Changed field: Sender name')).toBeVisible()

  // From the second time on nothing was typed since, so the browser does not let a page cancel it.
  for (const [times, way] of ['forward', 'back', 'back'].entries()) {
    answer('dismiss')
    await page.evaluate((where) => history[where as 'back' | 'forward'](), way)
    await expect.poll(() => questions.length).toBe(times + 1)
    await expect(page).toHaveURL(/\/mail-server$/)
    await expect(mailServer.field('Sender name')).toHaveValue('Contoso')
  }
  answer('accept')
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  await expect(page).toHaveURL(/\/activity$/)

  await places.getByRole('link', { name: 'Policy' }).click()
  const policy = new PolicyPage(page)
  await policy.press('Add a rule')
  await policy.rule(1).getByLabel('Name', { exact: true }).fill('Kept')
  answer('dismiss')
  await page.evaluate(() => history.back())
  await expect.poll(() => questions.length).toBe(5)
  expect(new Set(questions)).toEqual(new Set(['What you entered is not saved. Leave this page anyway?']))
  await expect(policy.rule(1).getByLabel('Name', { exact: true })).toHaveValue('Kept')
})

async function fillAll(page: Page): Promise<number> {
  return page.evaluate(() => {
    const forms = [...document.querySelectorAll<HTMLFormElement>('main form[method="POST" i]')]
    for (const closed of document.querySelectorAll<HTMLDetailsElement | HTMLDialogElement>('details, dialog'))
      closed.open = true
    for (const form of forms)
      for (const field of form.elements)
        if (
          (field instanceof HTMLInputElement && /^(text|email|password|url|number|date)$/.test(field.type)) ||
          field instanceof HTMLTextAreaElement
        ) {
          if (field.readOnly || field.hidden || field.name === '') continue
          const values: Record<string, string> = { date: '2027-05-01', number: '7' }
          field.value = values[field.type] ?? 'a-value-to-keep@contoso.example'
          field.dispatchEvent(new Event('input', { bubbles: true }))
        }
    return forms.length
  })
}

const valuesOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLFormElement>('main form[method="POST" i]')].map((form) =>
      [...new FormData(form)].filter(([name]) => !name.startsWith('$')),
    ),
  )

const sendAll = (page: Page) =>
  page.evaluate(() => {
    for (const form of document.querySelectorAll<HTMLFormElement>('main form[method="POST" i]')) {
      const buttons = [...form.elements].filter(
        (each): each is HTMLButtonElement =>
          each instanceof HTMLButtonElement && each.type === 'submit' && !each.hidden,
      )
      form.noValidate = true
      form.requestSubmit(buttons.find(({ value }) => value === 'save') ?? buttons[0])
    }
  })

async function pagesWithForms(tree: Tree): Promise<string[]> {
  const id = await storeMessage(tree, { subject: 'Kept', state: 'failed', code: 'recipient-not-found' })
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential" LIMIT 1')
  const [operator] = await tree.query<{ id: string }>(`SELECT id FROM "Operator" WHERE role <> 'admin' LIMIT 1`)
  const [client] = await tree.query<{ id: string }>('SELECT id FROM "Client"')
  return [
    '/mail-server',
    '/mail-server/add',
    '/policy',
    '/senders/add',
    '/senders/a@contoso.example',
    '/clients/add?way=network',
    `/clients/${client?.id}`,
    '/clients/learning',
    '/clients/basic-authentication',
    '/set-up',
    `/credentials/${credential?.id}?edit=1`,
    `/credentials/${credential?.id}?replace=1`,
    `/credentials/chosen?to=owner&credential=${credential?.id}`,
    '/credentials/reminders',
    '/credentials/alerts',
    '/credentials/applications',
    '/credentials/calendar',
    '/messages',
    `/messages/${id}`,
    '/messages/retention',
    '/messages/send',
    '/account',
    '/system',
    '/system/operators',
    `/system/operators/${operator?.id}`,
  ]
}

test('sent while offline or with an ended session, every form of the console keeps its page and its values and says why', async ({
  page,
  context,
  signIn,
  sessionOf,
  simulator,
  tree,
  expectConsole,
}) => {
  test.setTimeout(180_000) // 25 pages
  expectConsole(/ERR_INTERNET_DISCONNECTED|status of 401/)
  expectConsole(/Password forms should have/) // Chromium's advice about forms that a script filled
  await signIn('admin')
  await sessionOf('operator')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const admin = await sessionOf('admin')
  await addSenders(tree, admin, 'a@contoso.example')
  await addPrinter(tree, admin)
  page.on('dialog', (dialog) => dialog.accept())

  let forms = 0
  for (const path of await pagesWithForms(tree)) {
    await page.goto(path)
    await takenOver(page)
    const count = await fillAll(page)
    const before = await valuesOf(page)
    const sent = async (why: string) => {
      await sendAll(page)
      // Of folds that exclude each other one is open.
      await expect(page.locator('[role="alert"]').filter({ hasText: why }), path).toHaveCount(count)
      expect(await valuesOf(page), path).toEqual(before)
      expect(page.url(), path).toBe(`${tree.baseUrl}${path}`)
    }
    await offline(context, () => sent('You are offline'))
    forms += count
    if (path === '/account') continue // One of its forms signs out.
    const cookies = await context.cookies()
    await context.clearCookies()
    await sent('You are no longer signed in')
    await context.addCookies(cookies)
  }
  expect(forms).toBeGreaterThan(40)
})

async function addPrinter(tree: Tree, session: Cookies): Promise<void> {
  const client = new FormClient(tree.baseUrl, session)
  await client.open('/clients/add?way=network')
  await client.press('Add client', { name: 'Printer', senders: 'scan@contoso.example', networks: '192.0.2.0/24' })
}

/** The scripts have taken over every form with its fields, and have nothing left to do. */
async function takenOver(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [
      ...document.querySelectorAll('main form, main form :is(textarea, select, button, input:not([type=hidden]))'),
    ].every((element) => Object.keys(element).some((key) => key.startsWith('__react'))),
  )
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)))
}

async function offline(context: BrowserContext, work: () => Promise<void>): Promise<void> {
  await context.setOffline(true)
  await work()
  await context.setOffline(false)
}

test('what is typed into fields of one line and of several before the scripts arrive is still there afterwards', async ({
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await tree.query(`UPDATE "Credential" SET "note" = 'As stored'`)
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential" LIMIT 1')
  await signIn('admin')
  const release = await holdRequests(page, '**/_next/static/**/*.js')
  await page.goto(`/credentials/${credential?.id}?edit=1`, { waitUntil: 'commit' })
  const fields = { note: 'As typed\nin two lines', owners: 'anna@contoso.example' }
  for (const [name, text] of Object.entries(fields)) await page.locator(`[name="${name}"]`).fill(text)
  release()
  const note = page.locator('[name="note"]')
  const isTakenOver = () => note.evaluate((field) => Object.keys(field).some((key) => key.startsWith('__react')))
  await expect.poll(isTakenOver).toBe(true)
  for (const [name, text] of Object.entries(fields)) await expect(page.locator(`[name="${name}"]`)).toHaveValue(text)
})

test('fields that were changed before the scripts arrived are unsaved changes, and another destination needs its secret again', async ({
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await addPrinter(tree, admin)
  const [client] = await tree.query<{ id: string }>('SELECT id FROM "Client"')
  await signIn('admin')
  for (const [path, label, value, changes] of [
    ['/mail-server', TENANT, '3f1a9d52-6f0e-4a57-9a36-0d3c1f5b7e21', `Changed fields (2): ${TENANT}, ${SECRET}`],
    [`/clients/${client?.id}`, 'Place', 'Room 4', 'Changes not saved yet'],
  ] as const) {
    const release = await holdRequests(page, '**/_next/static/**/*.js')
    await page.goto(path, { waitUntil: 'commit' })
    await page.getByLabel(label).fill(value)
    release()
    await expect(page.getByText(changes)).toBeVisible()
    await expect(page.getByLabel(label)).toHaveValue(value)
    await page.unroute('**/_next/static/**/*.js')
    page.once('dialog', (dialog) => dialog.accept())
  }

  // Refused before the scripts arrived, they are in the fields of the answer.
  const release = await holdRequests(page, '**/_next/static/**/*.js')
  await page.goto('/mail-server', { waitUntil: 'commit' })
  await page.getByLabel(TENANT).fill('nonsense')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByLabel(TENANT)).toHaveAttribute('aria-invalid', 'true')
  release()
  await expect(page.getByText(`Changed fields (2): ${TENANT}, ${SECRET}`)).toBeVisible()
})

test('what is chosen before the scripts arrive has its effect once they have, and the box for all rows follows the rows', async ({
  page,
  signIn,
  tree,
}) => {
  for (const subject of ['One', 'Two']) await storeMessage(tree, { subject, state: 'held' })
  await signIn('admin')
  const early = async (path: string, act: () => Promise<unknown>) => {
    const release = await holdRequests(page, '**/_next/static/**/*.js')
    await page.goto(path, { waitUntil: 'commit' })
    await act()
    release()
  }
  const box = (name: string | RegExp) => page.getByRole('checkbox', { name })
  const all = box('Choose all on this page')
  const first = box(/^Choose: /).first()
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  await early('/messages?view=held', () => all.check())
  await expect(bar).toContainText('2 chosen')
  await first.uncheck()
  await expect(all).not.toBeChecked()
  await first.check()
  await expect(all).toBeChecked()

  await early('/messages?view=held', () => first.check())
  await expect(bar).toContainText('1 chosen')

  const report = { name: 'report.csv', mimeType: 'text/csv', buffer: Buffer.from('a') }
  await early('/clients/basic-authentication', () => page.getByLabel('CSV file').setInputFiles(report))
  await expect(page.getByRole('button', { name: 'Remove the file' })).toBeVisible()

  await early('/mail-server', async () => {
    await page.getByLabel('SMTP server type').selectOption('smtp')
    await page.getByLabel('Host', { exact: true }).fill('smtp.office365.com')
    await page.getByLabel('User name and password').check()
  })
  await expect(page.getByText('Microsoft is ending password sign-in for this server')).toBeVisible()
})

test('settings are saved once although the first answer was lost, and a test without a connection keeps the secret', async ({
  page,
  context,
  signIn,
  simulator,
  tree,
  expectConsole,
}) => {
  expectConsole(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await offline(context, async () => {
    await mailServer.test()
    const note = page.getByRole('alert').filter({ hasText: 'You are offline' })
    await expect(note).toBeInViewport()
    await mailServer.save()
    await expect(page.getByRole('alert').filter({ hasText: 'You are offline' })).toHaveCount(1)
  })
  await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)

  await page.route('**/mail-server', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await route.abort()
    await page.unroute('**/mail-server')
  })
  await mailServer.save()
  await expect(page.getByRole('alert').filter({ hasText: 'The console did not answer' })).toBeVisible()
  await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)
  await mailServer.save()
  await mailServer.saved(1)
  expect(await tree.query('SELECT 1 FROM "MailServerRevision"')).toHaveLength(1)
})

test('a form that is rejected before its action says why, and keeps what was typed', async ({
  page,
  signIn,
  expectConsole,
}) => {
  expectConsole(/status of 413/)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  const long = 'x'.repeat(300 * 1024)
  await mailServer.field('Sender name').fill(long)
  await mailServer.save()
  const note = page.getByRole('alert').filter({ hasText: 'The console rejected the request' })
  await expect(note).toContainText('Nothing was changed: a form may hold at most 256')
  await expect(mailServer.field('Sender name')).toHaveValue(long)
})

test('while the database fails, a save and a test keep every value, and both work afterwards', async ({
  page,
  signIn,
  simulator,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 50[03]/)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await tree.query('ALTER TABLE "Session" RENAME TO "SessionAway"')
  try {
    for (const press of ['save', 'test'] as const) {
      await mailServer[press]()
      await expect(page.getByRole('alert').filter({ hasText: 'Your values are still here' })).toHaveCount(1)
      await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)
    }
  } finally {
    await tree.query('ALTER TABLE "SessionAway" RENAME TO "Session"')
  }
  await mailServer.test()
  await mailServer.accepted()
  await mailServer.save()
  await mailServer.saved(1)
})

for (const { state, title, remedy, plainText } of [
  {
    state: '53100',
    title: 'The disk of the database is full',
    remedy: 'Free space on the disk',
    plainText: /^The disk with the files of the database is full\. Free space on it, then try again\.\n/,
  },
  {
    state: '53200',
    title: 'The database is out of memory',
    remedy: 'Free memory on the computer of the database',
    plainText: /^The database is out of memory\. Free memory on its computer, or raise/,
  },
])
  test(`R-10 a save and a test say “${title}” and keep every value, and a save does so without scripts too`, async ({
    page,
    signIn,
    simulator,
    tree,
    sessionOf,
    expectConsole,
  }) => {
    expectConsole(/status of 503/)
    await signIn('admin')
    const mailServer = new MailServerPage(page)
    await mailServer.open()
    await mailServer.fillExchange(simulator.facts)
    await tree.query(`CREATE FUNCTION cannot() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE 'could not' USING ERRCODE = '${state}'; END $$;
    CREATE TRIGGER cannot BEFORE INSERT ON "AuditEvent" EXECUTE FUNCTION cannot();
    CREATE TRIGGER cannot BEFORE INSERT ON "FormToken" EXECUTE FUNCTION cannot()`)
    try {
      const said = `${title}Your change may not have been saved or sent. Your values are still here. ${remedy}`
      await mailServer.save()
      await expect(page.getByRole('alert').filter({ hasText: title })).toContainText(said)
      const note = page.getByRole('region', { name: 'Test', exact: true }).getByRole('alert')
      await mailServer.test()
      await expect(note).toContainText(said)
      // Then it begins, and its result cannot be stored.
      await tree.query('DROP TRIGGER cannot ON "FormToken"')
      await mailServer.test()
      await expect(mailServer.stages().first()).toBeVisible()
      await expect(note).toContainText(said)
      await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)
      const plain = new FormClient(tree.baseUrl, await sessionOf('admin'))
      await plain.open('/credentials/reminders')
      await plain.press('Save days', { days: '90, 30' })
      expect(plain.html).toMatch(plainText)
    } finally {
      await tree.query('DROP FUNCTION cannot CASCADE')
    }
    await mailServer.save()
    await mailServer.saved(1)
  })

test('with an ended session a test and a save keep every value, and both work after signing in in a new tab', async ({
  page,
  context,
  signIn,
  simulator,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 401/)
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await context.clearCookies()

  const notice = page.getByRole('alert').filter({ hasText: 'You are no longer signed in' })
  for (const press of ['test', 'save'] as const) {
    await mailServer[press]()
    await expect(notice).toHaveCount(1)
    await expect(notice).toBeInViewport()
    await expect(mailServer.field(SECRET)).toHaveValue(simulator.facts.clientSecret)
    await expect(mailServer.field('SMTP server type')).toHaveValue('exchange-online-oauth2')
  }
  const [tab] = await Promise.all([context.waitForEvent('page'), notice.getByRole('link').click()])
  await signInAs(tab, 'admin')
  await expect(tab.getByRole('navigation', { name: 'Console' })).toBeVisible()
  await tab.close()
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(page.getByRole('status').filter({ hasText: 'You are signed in again' })).toBeVisible()
  await mailServer.save()
  await mailServer.saved(1)
  await mailServer.test()
  await mailServer.accepted()
  expect(await tree.query('SELECT 1 FROM "TestRun"')).toHaveLength(1)
})

test('a page that refreshes itself does so only while nothing on it is typed or chosen, since it may fail although the session is there', async ({
  page,
  signIn,
  tree,
}) => {
  await storeMessage(tree, { subject: 'First', state: 'held' })
  await signIn('admin')
  await page.clock.install()
  const loads: string[] = []
  page.on('request', (request) => void (request.headers().rsc === '1' && loads.push(request.url())))
  await page.goto('/messages')
  await takenOver(page)
  const search = page.getByRole('searchbox')
  const box = page.getByRole('checkbox', { name: 'Choose: First' })
  loads.length = 0

  await tree.query('ALTER TABLE "Message" RENAME TO "MessageAway"')
  try {
    for (const [use, end] of [
      [() => search.fill('invoice'), () => search.fill('')],
      [() => box.check(), () => box.uncheck()],
    ] as const) {
      await use()
      await page.clock.runFor(30_000)
      await end()
    }
  } finally {
    await tree.query('ALTER TABLE "MessageAway" RENAME TO "Message"')
  }
  expect(loads).toEqual([])

  await storeMessage(tree, { subject: 'Second', state: 'held' })
  await page.clock.runFor(6_000)
  await expect(page.getByRole('checkbox', { name: 'Choose: Second' })).toBeVisible()
})

test('after Stop waiting a note replaces the button, and the result is shown when it comes', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchangeByHand(simulator.facts)
  await simulator.change('expire-secret')
  const release = await holdRequests(page, '**/mail-server/test')
  await mailServer.test()
  await page.getByRole('button', { name: 'Stop waiting' }).click()
  const note = page.getByRole('status').filter({ hasText: 'You stopped waiting' })
  await expect(note).toBeInViewport()
  await mailServer.field('Sender name').fill('Contoso')
  release()
  await expect(page.getByRole('article')).toBeVisible()
  await expect(mailServer.field('Sender name')).toBeFocused()
  await expect(mailServer.field('Sender name')).toHaveValue('Contoso')
})

test('without scripts a form sent with an ended session is sent again by reloading it after signing in in a new tab', async ({
  browser,
  tree,
  sessionOf,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: tree.baseUrl, locale: 'en-GB' })
  await context.addCookies(await sessionOf('admin'))
  const page = await context.newPage()
  for (const [path, label, button, value] of [
    ['/messages/retention', /^Keep finished messages/, 'Save changes', '45'],
    ['/system', 'Name of the organisation', 'Save name', 'Contoso'],
  ] as const) {
    await page.goto(path)
    await page.getByLabel(label).fill(value)
    await context.clearCookies()
    await page.getByRole('button', { name: button }).click()
    await expect(page.getByRole('heading', { name: 'You are no longer signed in' })).toBeVisible()
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Sign in in a new tab' }).click(),
    ])
    await signInAs(tab, 'admin')
    await expect(tab.getByRole('navigation', { name: 'Console' })).toBeVisible()
    await tab.close()
    await page.reload()
    await expect(page.getByLabel(label)).toHaveValue(value)
    await expect(page.getByText(/^Saved|is saved/)).toBeVisible()
  }
  await context.close()
})

/** Two people who have the same page of the credential open. */
async function twoAtCredential(tree: Tree, session: Cookies, pathOf: (id: string) => string) {
  await saveExchange(tree, session)
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential" LIMIT 1')
  const anna = new FormClient(tree.baseUrl, session)
  const ben = anna.another()
  for (const client of [anna, ben]) await client.open(pathOf(credential?.id ?? ''))
  return { anna, ben }
}

test('R-12 a person who saves an owner over the change of another person leaves the note that this one saved', async ({
  sessionOf,
  tree,
}) => {
  const { anna, ben } = await twoAtCredential(tree, await sessionOf('admin'), (id) => `/credentials/${id}?edit=1`)
  await ben.press('Save changes', { owners: 'ben@contoso.example', note: 'Made by Ben' })
  const mine = { owners: 'anna@contoso.example' }
  await anna.press('Save changes', mine)
  expect(anna.text).toContain('You have saved since you opened this page')
  expect(anna.text).toContain('Yoursanna@contoso.exampleSavedben@contoso.example')
  await anna.press('Save changes', mine)
  expect(await tree.query('SELECT "owners", "note" FROM "Credential"')).toEqual([
    { owners: ['anna@contoso.example'], note: 'Made by Ben' },
  ])
})

test('R-12 owners that another person has saved are not replaced by owners for several credentials, until the person has read them', async ({
  sessionOf,
  tree,
}) => {
  const pathOf = (id: string) => `/credentials/chosen?to=owner&credential=${id}`
  const { anna, ben } = await twoAtCredential(tree, await sessionOf('admin'), pathOf)
  await ben.press('Save owners', { owners: 'ben@contoso.example' })
  expect(ben.text).toContain('The owner of one credential is saved.')
  const owners = async () => (await tree.query<{ owners: string[] }>('SELECT owners FROM "Credential"'))[0]?.owners
  // What is refused for another reason keeps what was seen.
  for (const typed of ['nobody', 'anna@contoso.example']) {
    await anna.press('Save owners', { owners: typed })
    expect(await owners()).toEqual(['ben@contoso.example'])
  }
  expect(anna.text).toContain('Yoursanna@contoso.exampleSavedben@contoso.example')
  await anna.press('Save owners', { owners: 'anna@contoso.example' })
  expect(await owners()).toEqual(['anna@contoso.example'])
})

test('a small form that is refused has in its fields what was typed: a note, days, the name of a calendar address, a role and an address', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await sessionOf('operator')
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential" LIMIT 1')
  const [operator] = await tree.query<{ id: string }>(`SELECT id FROM "Operator" WHERE role = 'operator' LIMIT 1`)
  let client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  const keeps = async (path: string, button: string, typed: Record<string, string>) => {
    await client.open(path)
    await client.press(button, typed)
    for (const [name, text] of Object.entries(typed)) expect(client.valueOf(name), name).toBe(text)
  }
  await keeps(`/credentials/${credential?.id}?edit=1`, 'Save changes', {
    owners: 'anna@contoso.example',
    note: 'a\u0007b',
  })
  await keeps(`/credentials/${credential?.id}?edit=1`, 'Save', { rotateDaysBefore: 'soon' })
  expect(client.invalid).toEqual(['rotateDaysBefore'])
  await keeps(`/credentials/chosen?to=owner&credential=${credential?.id}`, 'Save owners', { owners: 'nobody' })
  expect(client.invalid).toEqual(['owners'])
  await client.open(`/credentials/${credential?.id}?replace=1`)
  for (const file of [null, { fileName: 'file.pem', content: '-----BEGIN CERTIFICATE-----' }]) {
    await client.press('Add as next', { kind: 'import', note: 'Anna', ...(file && { file }) })
    expect(client.invalid).toEqual(['file'])
    for (const [name, text] of [
      ['kind', 'import'],
      ['note', 'Anna'],
    ] as const)
      expect(client.valuesOf(name)).toContain(text)
  }
  await keeps('/credentials/calendar', 'Create an address', { feedName: 'a\u202eb', feedLocale: 'de' })
  expect(client.invalid).toEqual(['feedName'])
  client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  await keeps(`/system/operators/${operator?.id}`, 'Change role', { role: 'viewer' })
  await keeps(`/system/operators/${operator?.id}`, 'Remove account', { confirm: 'operator@contoso.example' })
})

test('without scripts a role that another administrator changes is not overwritten after the form asked for the password', async ({
  browser,
  sessionOf,
  tree,
}) => {
  for (const role of ['operator', 'admin'] as const) await sessionOf(role)
  const client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  const [operator] = await tree.query<{ id: string }>(`SELECT id FROM "Operator" WHERE role = 'operator' LIMIT 1`)
  const own = `WHERE id = '${operator?.id}'`
  await client.open(`/system/operators/${operator?.id}`)
  await tree.query(`UPDATE "Operator" SET role = 'admin' ${own}`)
  try {
    await client.press('Change role', { role: 'viewer' })
    await client.press('Change role', { confirmPassword: PASSWORDS.admin })
    expect(client.text).toContain('Nothing was changed: the role of this account was changed')
    expect(await tree.query(`SELECT role FROM "Operator" ${own}`)).toEqual([{ role: 'admin' }])
    expect(client.valueOf('seenRole')).toBe('admin')
  } finally {
    await tree.query(`UPDATE "Operator" SET role = 'operator' ${own}`)
  }
})

test('without scripts the pages for a second factor and for the password lead to the sign-in page when the session has ended', async ({
  browser,
  sessionOf,
  tree,
}) => {
  await sessionOf('operator')
  for (const [path, button] of [
    ['/enrol', 'Begin'],
    ['/confirm', 'Confirm'],
  ] as const) {
    const client = new FormClient(tree.baseUrl, await oldSession('operator', tree, browser))
    await client.open(path)
    await tree.query(`DELETE FROM "Session" WHERE "createdAt" < now() - interval '10 minutes'`)
    await client.press(button, { confirmPassword: PASSWORDS.operator })
    expect(client.buttons, path).toContain('Sign in')
  }
})

test('without scripts a form that asks for the password keeps what was typed', async ({ browser, tree, sessionOf }) => {
  // A session of this test, because the password ends it and begins another one.
  await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, await oldSession('admin', tree, browser))
  await client.open('/credentials/reminders')
  const typed = { name: 'Mail team', address: 'mail@contoso.example', locale: 'de' }
  await client.press('Add the channel', { kind: 'mail', ...typed })
  expect(client.text).toContain('Confirm that it is you')
  await client.press('Add the channel', { kind: 'mail', confirmPassword: PASSWORDS.admin })
  expect(client.text).toContain('mail@contoso.example')
  expect(await tree.query('SELECT name, address, locale FROM "NotificationChannel"')).toEqual([typed])
})
