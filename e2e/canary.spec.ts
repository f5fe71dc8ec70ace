import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { BrowserContext } from '@playwright/test'
import { createTransport } from 'nodemailer'
import { PAGE_GATES, ROUTE_GATES } from '../tests/support/role-table'
import { exchangeFields, RECIPIENT, smtpFields } from './support/calls'
import { CredentialsPage } from './support/credentials-page'
import { type Cookies, expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { ask, askForm, cookieHeader } from './support/http'
import { MailServerPage } from './support/mail-server-page'
import { type Canary, leaks, needles } from './support/needles'
import { PASSWORDS, ROLES } from './support/people'
import { ROOT } from './support/process'
import type { Simulator } from './support/simulator'
import { METRICS_TOKEN, type Tree, WORKER_MS } from './support/tree'

const REMINDERS = '/credentials/reminders'

type Captured = [place: string, text: string][]

const NEXT_SECRET = 'nX8Q~the-next-Client-Secret.that-is-wrong'
/** A password for the mail server that no spelling mistake could hide. */
const SMTP_PASSWORD = 'p%40ss "wörd"/with+everything&=§'

/** Secret parts of addresses: the inbox takes any query. */
const WEBHOOK_SECRET = 'kB7-webhook-path~of=the%26receiver'
const TEAMS_SECRET = 'Xq3wV9zR1tYc5uN8pLk2'

const workflowAddress = ({ facts }: Simulator) => facts.teamsWebhookUrl.replace(/sig=.*$/, `sig=${TEAMS_SECRET}`)

/** The channels' addresses, what is known of them after they are made, and the private calendar's. */
interface IssuedSecrets {
  signingKeys: string[]
  calendarToken: string
  /** The password of a client that signs in by SMTP, and the key of one of the HTTP API. */
  ofClients: string[]
}

function canariesOf(tree: Tree, sessions: readonly Cookies[], issued: IssuedSecrets): Canary[] {
  const { signingKeys, calendarToken, ofClients } = issued
  const { clientSecret, smtpServer } = tree.simulator.facts
  const file = (name: string) => readFileSync(path.join(tree.dataDir, 'data', name), 'utf8').trim()
  const kek = file('keys').split(/\s+/)[1] ?? ''
  return [
    { name: 'client secret', secret: clientSecret },
    { name: 'next client secret', secret: NEXT_SECRET },
    { name: 'SMTP password', secret: smtpServer.password },
    { name: 'typed SMTP password', secret: SMTP_PASSWORD },
    { name: 'sealing key', secret: kek },
    { name: 'sealing key in hex', secret: Buffer.from(kek, 'base64').toString('hex') },
    { name: 'auth secret', secret: file('auth-secret') },
    { name: 'database password', secret: new URL(tree.databaseUrl()).password },
    { name: 'metrics token', secret: METRICS_TOKEN },
    { name: 'webhook address', secret: WEBHOOK_SECRET },
    { name: 'workflow address', secret: TEAMS_SECRET },
    { name: 'calendar token', secret: calendarToken },
    ...ofClients.map((secret, at) => ({ name: `secret of client ${at + 1}`, secret })),
    ...signingKeys.map((secret, at) => ({ name: `signing key ${at + 1}`, secret })),
    ...Object.entries(PASSWORDS).map(([role, secret]) => ({ name: `password of the ${role}`, secret })),
    ...sessions
      .flat()
      .filter(({ name }) => /postroom$/.test(name))
      .map(({ value }) => ({
        name: 'session token',
        secret: decodeURIComponent(value).split('.')[0] ?? value,
      })),
  ]
}

/** Keeps every answer that the browser gets; a cookie is meant for it and left out. */
function listen(context: BrowserContext, captured: Captured): void {
  context.on('response', async (response) => {
    const { 'set-cookie': _, ...headers } = await response.allHeaders().catch(() => ({}) as Record<string, string>)
    const body = await response.text().catch(() => '')
    captured.push([`answer to ${response.request().method()} ${response.url()}`, `${JSON.stringify(headers)}\n${body}`])
  })
}

async function databaseDump(tree: Tree): Promise<Captured> {
  const tables = await tree.query<{ name: string }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const captured: Captured = []
  for (const { name } of tables) {
    const rows = await tree.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)
    captured.push([`table ${name}`, rows.map(({ row }) => row).join('\n')])
  }
  return captured
}

function buildOutput(): Captured {
  return ['.next/static', '.next/standalone/.next/server', 'dist'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const file = path.join(entry.parentPath, entry.name)
        return [path.relative(ROOT, file), readFileSync(file, 'utf8')]
      }),
  )
}

/** Types each kind of secret in a window: refused, saved, and tested while both peers repeat what they were sent. */
async function typeSecrets(context: BrowserContext, tree: Tree): Promise<void> {
  const { simulator } = tree
  const page = await context.newPage()
  const mailServer = new MailServerPage(page)
  const failed = () => expect(page.getByRole('article')).toBeVisible({ timeout: 35_000 })
  await mailServer.open()
  await mailServer.fillSmtp(simulator.facts, { password: SMTP_PASSWORD })
  await simulator.fault({ smtpEchoAuth: true })
  await mailServer.test()
  await failed()
  await mailServer.save()
  await mailServer.saved(1)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts, { tenantId: 'no tenant' })
  await mailServer.save()
  await expect(mailServer.field('Directory (tenant) ID')).toHaveAttribute('aria-invalid', 'true')
  await mailServer.fillExchange(simulator.facts)
  await simulator.fault({ entraEcho: true, smtpEchoAuth: null })
  await mailServer.test()
  await failed()
  await mailServer.save()
  await mailServer.saved(2)

  const credentials = new CredentialsPage(page)
  await credentials.openOne()
  await credentials.addSecret(NEXT_SECRET)
  await expect(credentials.said()).toContainText('Stored as the next one')
  await credentials.test()
  await expect(credentials.said()).not.toContainText('Stored as the next one')
  await page.close()
  await simulator.fault({ entraEcho: null })
  await tree.query('DELETE FROM "RateLimit"')
}

const GUIDE_FILES = [
  ...['entra', 'exchange', 'undo-entra', 'undo-exchange', 'entra&tool=az'],
  ...['entra', 'exchange'].map((part) => `hand-over-${part}.txt`),
]

/** Every page and every route that is read, with each thing there is to be read there. */
async function addresses(tree: Tree, feed: string): Promise<string[]> {
  const ids = async (table: string) =>
    (await tree.query<{ id: string }>(`SELECT id FROM "${table}"`)).map(({ id }) => id)
  const queries: Record<string, string[]> = {
    '/mail-server/tests/[id]': await ids('TestRun'),
    '/messages/[id]': await ids('Message'),
    ...Object.fromEntries(
      await Promise.all(['', '/card'].map(async (part) => [`/clients/[id]${part}`, await ids('Client')] as const)),
    ),
    '/clients/sessions/[id]': await ids('SubmissionSession'),
    '/senders/[address]': (await tree.query<{ address: string }>('SELECT "address" FROM "Sender"')).map(
      ({ address }) => address,
    ),
    '/credentials/[id]': await ids('Credential'),
    '/credentials/[id]/calendar': await ids('Credential'),
    '/credentials/[id]/certificate': await ids('Credential'),
    '/system/operators/[id]': await ids('Operator'),
    '/help/[code]': ['secret-expired'],
    '/clients/devices/[id]': ['grafana'],
    '/calendar/[token]': [path.basename(feed)],
    '/set-up/hand-over': ['?for=entra', '?for=exchange'],
    '/set-up/download': GUIDE_FILES.map((file) => `?file=postroom-${file}`),
  }
  const read = ROUTE_GATES.filter(({ method, path }) => method === 'GET' && path !== '/metrics')
  return [...PAGE_GATES, ...read].flatMap(({ path }) => {
    const things = queries[path] ?? ['']
    expect(things.length, path).toBeGreaterThan(0)
    return things.map((thing) => (path.includes('[') ? path.replace(/\[\w+\]/, thing) : path + thing))
  })
}

/** Addresses and keys that are shown once, read by a client whose answers are not searched. */
async function makeAddresses(tree: Tree, cookies: Cookies): Promise<Omit<IssuedSecrets, 'ofClients'>> {
  const client = new FormClient(tree.baseUrl, cookies)
  const noticeText = async () => {
    const text = client.codeText()
    await client.press('I have saved it')
    return text
  }
  await client.open(REMINDERS)
  const url = `${tree.simulator.facts.webhookUrl}?key=${encodeURIComponent(WEBHOOK_SECRET)}`
  await client.press('Add the channel', { kind: 'webhook', name: 'Monitoring', url })
  const first = await noticeText()
  await client.follow('Change Monitoring')
  await client.press('Create a new key Monitoring')
  const second = await noticeText()
  await client.open('/credentials/calendar')
  await client.press('Create an address', { feedName: 'Mail team' })
  const calendar = new URL(await noticeText()).pathname
  for (const key of [first, second]) expect(key).toMatch(/^[\w-]{43}$/)
  return { signingKeys: [first, second], calendarToken: calendar.replace(/^\/calendar\/|\.ics$/g, '') }
}

/** A client of each kind, and a session that was refused although the password was right. */
async function makeClients(tree: Tree, cookies: Cookies): Promise<string[]> {
  const client = new FormClient(tree.baseUrl, cookies)
  const added = async (way: string, name: string, networks = '') => {
    await client.open(`/clients/add?way=${way}&name=${name}&senders=scanner@contoso.example&networks=${networks}`)
    await client.press('Add client')
    const secret = client.codeTexts().at(-1) ?? ''
    await client.press('I have saved it')
    return secret
  }
  const password = await added('login', 'Scanner', '192.0.2.0/24')
  const apiKey = await added('api-key', 'Billing')
  const [{ user } = { user: '' }] = await tree.query<{ user: string }>(
    `SELECT "login" AS user FROM "Client" WHERE way = 'login'`,
  )
  const server = { host: 'localhost', port: tree.submissionPorts.starttls, tls: { rejectUnauthorized: false } }
  const scanner = createTransport({ ...server, auth: { user, pass: password } })
  await expect(scanner.verify()).rejects.toThrow(/may not submit/)
  const sessions = 'SELECT count(*)::int AS count FROM "SubmissionSession"'
  await expect.poll(async () => (await tree.query<{ count: number }>(sessions))[0]?.count).toBe(1)
  return [password, apiKey]
}

/** Types a workflow's address in a window, where it is refused, added, and tested while its receiver fails. */
async function typeAddress(context: BrowserContext, { simulator }: Tree): Promise<void> {
  const page = await context.newPage()
  for (const name of [' ', 'Post room']) {
    await page.goto(REMINDERS)
    await page.locator('#add').getByText('Microsoft Teams', { exact: true }).click()
    await page.locator('#teams-name').fill(name)
    await page.locator('#teams-url').fill(workflowAddress(simulator))
    await page.getByRole('button', { name: 'Add the channel' }).filter({ visible: true }).click()
    if (name === ' ') await expect(page.locator('#teams-name')).toHaveAccessibleDescription(/^Name: /)
    else await expect(page.getByRole('main').getByRole('status')).toBeVisible()
  }
  await simulator.fault({ webhookStatus: 500 })
  const card = page.getByRole('article', { name: 'Post room' })
  await card.getByRole('button', { name: 'Send a test' }).click()
  await expect(card.getByRole('alert')).toBeVisible()
  await simulator.fault({ webhookStatus: null })
  await page.close()
}

/** Lets a reminder go out by each channel: a receiver that redirects, and a mail server that repeats what it was sent. */
async function remind(client: FormClient, tree: Tree): Promise<void> {
  const { simulator } = tree
  await simulator.fault({ webhookRedirect: 'elsewhere', entraEcho: null, smtpEchoAuth: true })
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '5 days' WHERE slot = 'current'`)
  await tree.tick('reminders')
  const failed = `SELECT count(*)::int AS count FROM "Reminder" WHERE state = 'due' AND "nextAttemptAt" IS NOT NULL`
  await expect.poll(async () => (await tree.query<{ count: number }>(failed))[0]?.count, { timeout: WORKER_MS }).toBe(2)
  // The reminder's mail is refused by a server that repeats what it was sent.
  const attempts = async () =>
    (await tree.query<{ count: number }>(`SELECT count(*)::int AS count FROM "Attempt"`))[0]?.count
  await expect.poll(attempts, { timeout: 45_000 }).toBeGreaterThan(0)
  await simulator.fault({ webhookRedirect: null })
  await client.open(REMINDERS)
  await client.press('Try again now')
  expect(client.text).toContain('All waiting reminders were attempted again')
}

/** Some of a page is rendered for those alone who may not change it: a viewer, for whom that is the most, asks for all pages too. */
const ASKED: readonly string[] = process.env.SOAK ? [...ROLES, 'nobody'] : ['admin', 'viewer', 'nobody']

/** Every page and one that is not there; for an administrator every third one, and all in a soak, as RSC too, which a page contains anyway. */
async function crawl(tree: Tree, name: string, cookies: Cookies, feed: string): Promise<Captured> {
  const captured: Captured = []
  if (!ASKED.includes(name)) return captured
  for (const [at, path] of [...(await addresses(tree, feed)), '/mail-server?page=2', '/nowhere'].entries()) {
    const asRsc = name === 'admin' && (process.env.SOAK || at % 3 === 0)
    for (const rsc of asRsc ? [false, true] : [false]) {
      const answer = await askForm(tree.baseUrl, path, { ...(rsc && { rsc: '1' }), ...cookieHeader(cookies) })
      const { 'set-cookie': _, ...headers } = answer.headers
      captured.push([`${path} for ${name}`, `${answer.status} ${JSON.stringify(headers)}\n${answer.body}`])
    }
  }
  return captured
}

/** What no form gives out: metrics, log, database, mail, webhooks, calendar and export. */
async function written(tree: Tree, calendarToken: string, admin: Cookies): Promise<Captured> {
  const captured: Captured = []
  const metrics = await ask(tree.baseUrl, '/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  captured.push(['metrics', metrics.body], ['logs', tree.postroom.output], ...(await databaseDump(tree)))
  for (const mail of await tree.simulator.mails()) captured.push(['mail', mail.raw])
  const posts = await tree.simulator.posts()
  expect(posts.length, 'five tests, a reminder over two channels, and both again').toBeGreaterThan(8)
  for (const { headers, body } of posts) captured.push(['webhook', `${JSON.stringify(headers)}\n${body}`])
  const files = [`/calendar/${calendarToken}.ics`, '/credentials/export', '/activity/export']
  for (const [at, file] of files.entries()) {
    const { status, body } = await ask(tree.baseUrl, file, { headers: cookieHeader(admin) })
    expect([status, body.length > 100]).toEqual([200, true])
    captured.push([`file ${at + 1}`, body])
  }
  return captured
}

function nothingLeaks(captured: Captured, canaries: readonly Canary[], tree: Tree): void {
  const queries = captured.filter(([place]) => !/^(?:\.next|dist)\//.test(place))
  expect(queries.filter(([, text]) => /BEGIN [A-Z ]*PRIVATE KEY/.test(text)).map(([place]) => place)).toEqual([])
  expect(captured.length).toBeGreaterThan(100)
  expect(tree.postroom.output.length).toBeGreaterThan(1_000)
  expect(leaks(captured, canaries)).toEqual([])
}

/** Saves, fails and tests with every kind of secret: without scripts the answer is a page, with what was typed in its forms. */
async function useSecretsWithoutScripts(client: FormClient, tree: Tree): Promise<void> {
  const { simulator } = tree
  const { facts } = simulator
  const tests = async (typed: Parameters<FormClient['press']>[1], outcome: RegExp) => {
    await client.press('Send test message', typed)
    expect(client.html).toMatch(outcome)
  }
  const failed = /<article\b/
  await client.open('/mail-server')
  await simulator.fault({ smtpEchoAuth: true })
  for (const password of [SMTP_PASSWORD, facts.smtpServer.password]) {
    await tests({ ...smtpFields(facts), password }, failed)
    await client.press('Save changes', { ...smtpFields(facts), password })
    expect(client.text).toContain('Saved as revision')
  }
  await simulator.fault({ smtpEchoAuth: null })
  await client.press('Save changes', { ...exchangeFields(facts), tenantId: 'no tenant' })
  expect(client.text).toContain('Directory (tenant) ID: ')
  await client.press('Save changes', exchangeFields(facts))
  expect(client.text).toContain('Saved as revision')
  await tests({}, /Accepted by the server/)
  await tree.query('DELETE FROM "RateLimit"')
  for (const fault of [{ entraEcho: true }, { entraEcho: null, smtpEchoAuth: true }]) {
    await simulator.fault(fault)
    await client.open('/mail-server')
    await tests({ testTo: RECIPIENT }, failed)
  }
  await tree.query('DELETE FROM "RateLimit"')
  await client.open('/senders/add')
  await client.press('Add senders', { addresses: 'info@contoso.example' })
  await client.follow('info@contoso.example')
  await client.press('Verify now')
  expect(client.html).toMatch(failed)

  const replaces = async () => {
    await client.open('/credentials')
    await client.follow('Exchange Online')
    await client.followIfThere('Replace it now')
  }
  await replaces()
  await client.press('Add as next', { kind: 'secret', newSecret: NEXT_SECRET })
  expect(client.text).toContain('Stored as the next one')
  await simulator.fault({ entraEcho: true, smtpEchoAuth: null })
  await client.press('Test it')
  expect(client.text).not.toContain('Stored as the next one')
  await client.press('Stop and discard the next one')
  expect(client.text).toContain('discarded')
  await replaces()
  await client.press('Add as next', { kind: 'make-certificate' })
  expect(client.text).toContain('First upload the certificate')
}

/** Tries to add a channel, and tests those that are there well and badly. */
async function useChannelsWithoutScripts(client: FormClient, { simulator }: Tree): Promise<void> {
  const url = workflowAddress(simulator)
  await client.open(REMINDERS)
  await client.press('Add the channel', { kind: 'teams', name: ' ', url })
  expect(client.text).toContain('Name: enter 1 to 100 characters')
  const delivered = 'The test notification was delivered'
  for (const [fault, name, isDelivered] of [
    [{}, 'Monitoring', true],
    [{}, 'Post room', true],
    [{ webhookStatus: 500 }, 'Monitoring', false],
    [{ webhookStatus: null, webhookRedirect: 'elsewhere' }, 'Post room', false],
  ] as const) {
    await simulator.fault(fault)
    await client.open(REMINDERS)
    await client.press(`Send a test ${name}`)
    expect(client.text.includes(delivered), client.text).toBe(isDelivered)
  }
  await client.press('Add the channel', { kind: 'mail', name: 'IT support', address: 'it-support@fabrikam.example' })
  expect(client.text).toContain('The channel is added')
}

test('S-01 S-14 no secret in any spelling leaves by any way out, with scripts and without', async ({
  context,
  tree,
  signIn,
  sessionOf,
}) => {
  test.setTimeout(300_000)
  const captured: Captured = []
  listen(context, captured)
  await signIn('admin')
  await typeSecrets(context, tree)
  const admin = await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, admin, (place, { headers: { 'set-cookie': _, ...headers }, body }) =>
    captured.push([`answer to ${place}`, `${JSON.stringify(headers)}\n${body}`]),
  )
  await useSecretsWithoutScripts(client, tree)
  const issued = { ...(await makeAddresses(tree, admin)), ofClients: await makeClients(tree, admin) }
  await typeAddress(context, tree)
  await useChannelsWithoutScripts(client, tree)
  await remind(client, tree)

  // One after another: a new operator's link is on the administrator's page, which shows one at a time.
  const sessions: Cookies[] = []
  for (const role of ROLES) sessions.push(await sessionOf(role))
  const feed = `/calendar/${issued.calendarToken}.ics`
  for (const role of ROLES) captured.push(...(await crawl(tree, role, await sessionOf(role), feed)))
  // What is looked through was really given out, to a viewer too.
  const pages = captured.filter(([place, text]) => place.endsWith(' for viewer') && text.startsWith('200 '))
  expect(pages.length, `${pages.length} pages`).toBeGreaterThan(50)
  const file = /^\/(?:set-up\/download|calendar|credentials\/export|messages\/[0-9a-f]{8}-)\S* for (?:viewer|admin)/
  for (const [place, text] of captured) if (file.test(place)) expect(text, place).toMatch(/^200 /)
  captured.push(...(await crawl(tree, 'nobody', [], feed)), ...buildOutput())

  captured.push(...(await written(tree, issued.calendarToken, admin)))
  const { origins } = await context.storageState({ indexedDB: true })
  captured.push(['browser storage', JSON.stringify(origins)])
  nothingLeaks(captured, canariesOf(tree, sessions, issued), tree)
})

test('S-01 a planted leak is found in every spelling and in any surrounding text', () => {
  const canary = { name: 'planted', secret: 'kB8~q"/+ü plus some more of it' }
  for (const spelling of needles(canary.secret)) {
    expect(leaks([['log', `before ${spelling} behind`]], [canary])).toEqual(['log: planted'])
  }
  for (let before = 0; before <= 8; before++) {
    for (let behind = 0; behind <= 8; behind++) {
      const around = Buffer.from(`${'x'.repeat(before)}${canary.secret}${'y'.repeat(behind)}`)
      expect(leaks([['log', around.toString('base64')]], [canary])).toEqual(['log: planted'])
      expect(leaks([['log', around.toString('base64url')]], [canary])).toEqual(['log: planted'])
    }
  }
  expect(leaks([['log', 'nothing here']], [canary])).toEqual([])
})

test('S-17 the browser gets no source map', () => {
  const files = readdirSync(path.join(ROOT, '.next/static'), { recursive: true, encoding: 'utf8' })
  expect(files.length).toBeGreaterThan(5)
  expect(files.filter((file) => file.endsWith('.map'))).toEqual([])
})
