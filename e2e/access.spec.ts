import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { may } from '../lib/access/permissions'
import { SECURITY_HEADERS } from '../lib/access/security-headers'
import { ACTION_GATES, FRESH_ACTIONS, type Gate, PAGE_GATES, ROUTE_GATES } from '../tests/support/role-table'
import { builtActions, builtRoutes } from './support/build'
import { exchangeFields, mailServerForm, saveExchange, startTest } from './support/calls'
import { type Cookies, expect, newSession, test } from './support/fixtures'
import { type Ask, actionBody, ask, askForm, cookieHeader } from './support/http'
import { emailOf, PASSWORDS, type Role } from './support/people'
import { consolePidOf } from './support/process'
import { METRICS_TOKEN, type Tree } from './support/tree'

/** Part of the saved settings, and so of every page that shows them. */
const MARK = 'Marked Sender 7f3a'

/** Of the first mail server, and of a client that has the same. */
const ID = '00000000-0000-4000-8000-000000000001'

const GUARDED = PAGE_GATES.filter(({ gate }) => gate !== 'anyone').map(({ path }) =>
  path.replace('[id]', ID).replace('[code]', 'secret-expired').replace('[address]', 'info@contoso.example'),
)

/** Grow with each request, or by the worker's scheduled jobs; every other table is what a change would leave behind. */
const NOT_STATE = ['AuditEvent', 'RateLimit', 'FormToken', 'Session', 'Heartbeat']

/** All but what the worker's daily check at Entra writes, which may come at any moment. */
const STATE_OF: Record<string, string> = {
  Credential: `SELECT (to_jsonb(t) - '{acceptedAt,refusedAt,refusedCode}'::text[])::text AS row FROM "Credential" t`,
  CredentialProbe: `SELECT t::text AS row FROM "CredentialProbe" t WHERE t.reason <> 'daily'`,
}

/** One digest for each table, so that a difference names the table and prints no secret. */
async function stateOf(tree: Tree): Promise<Record<string, string | null>> {
  const tables = await tree.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  const state = tables.map(({ name }) => name).filter((name) => !NOT_STATE.includes(name))
  expect(state).toEqual(expect.arrayContaining([...Object.keys(STATE_OF), 'MailServer', 'Operator', 'CalendarFeed']))
  const digests = state.map((table) => {
    const rows = STATE_OF[table] ?? `SELECT t::text AS row FROM "${table}" t`
    return `SELECT '${table}' AS name, md5(string_agg(row, chr(10) ORDER BY row)) AS digest FROM (${rows}) AS rows`
  })
  const rows = await tree.query<{ name: string; digest: string | null }>(digests.join(' UNION ALL '))
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]))
}

/** A configured console, and the session of the administrator who configured it. */
async function configure(tree: Tree, sessionOf: (role: Role) => Promise<Cookies>): Promise<Cookies> {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin, { senderName: MARK })
  return admin
}

/** Known ways around an access check: each is a request for the same page. `always`: the half in which it is tried at every page. */
const WAYS: readonly {
  name: string
  path?: (path: string) => string
  headers?: Record<string, string>
  body?: string
  always?: 0 | 1
}[] = [
  { name: 'as it is', always: 0 },
  { name: 'as RSC', headers: { rsc: '1' }, always: 1 },
  {
    name: 'as a form',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: 'name=value',
    always: 0,
  },
  { name: 'as a prefetch', headers: { rsc: '1', 'next-router-prefetch': '1' } },
  {
    name: 'as a segment',
    headers: { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' },
  },
  { name: 'as a subrequest', headers: { 'x-middleware-subrequest': Array(5).fill('proxy').join(':') } },
  { name: 'as a rewrite', headers: { 'x-invoke-path': '/mail-server', 'x-matched-path': '/mail-server' } },
  { name: 'as data', path: (path) => `/_next/data/build/${path}.json` },
  { name: 'as .rsc', path: (path) => `${path}.rsc` },
  { name: 'with doubled slashes', path: (path) => `/${path}` },
  { name: 'with a slash behind', path: (path) => `${path}/` },
  { name: 'in capitals', path: (path) => path.toUpperCase() },
  { name: 'encoded', path: (path) => path.replace(/[a-z]/, (character) => `%${character.charCodeAt(0).toString(16)}`) },
  { name: 'through a dot', path: (path) => `/sign-in/..${path}` },
]

test.describe.configure({ timeout: 120_000 })

test('W-01 without a session no page gives any data, however it is requested', async ({ tree, sessionOf }) => {
  const admin = cookieHeader(await configure(tree, sessionOf))
  const [server, client] = ['Marked Server 7f3a', 'Marked Client 7f3a']
  await tree.query(`UPDATE "MailServer" SET name = '${server}'`)
  await tree.query(`INSERT INTO "Client" (id, way, kind, name, senders, networks, "createdBy", "createdAt")
    VALUES ('${ID}', 'network', 'printer', '${client}', '{*@contoso.example}', '{192.0.2.1/32}', 'SYSTEM', now())`)
  // Present for an administrator, so their absence elsewhere means something.
  for (const [path, texts] of [
    ['/mail-server', [MARK, `<title>${server}`]],
    [`/clients/${ID}`, [`<title>${client}`]],
  ] as const)
    for (const text of texts) expect((await ask(tree.baseUrl, path, { headers: admin })).body).toContain(text)
  expect((await askForm(tree.baseUrl, '/mail-server', { ...admin, rsc: '1' })).body).toContain(MARK)

  const refusal = await ask(tree.baseUrl, '/mail-server', {
    method: 'POST',
    headers: { origin: tree.baseUrl, 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(refusal).toMatchObject({ status: 401, headers: { 'cache-control': expect.stringContaining('no-store') } })
  // Sent without scripts, the browser keeps the form on the page before, so the sign-in page opens in another tab.
  expect(refusal.body).toMatch(/<a href="\/sign-in" target="_blank"/)
  const { tenantId, clientId } = tree.simulator.facts
  const data = [MARK, server, client, tenantId, clientId, 'admin@contoso.example']
  await givesNothing(tree, tree.baseUrl, data, 0)
  await tree.withoutProxy(async (baseUrl) => {
    expect((await ask(baseUrl, '/sign-in?theme=dark')).status).toBe(200) // not 303: the proxy is gone indeed
    expect((await ask(baseUrl, '/mail-server', { headers: admin })).body).toContain(MARK)
    await givesNothing(tree, baseUrl, data, 1)
  })
})

/**
 * Each way is tried at every sixth page with the proxy and at the third one after it without it. At every page are tried: as it is and as a form with
 * the proxy, and as RSC without it; all at all in a soak.
 */
async function givesNothing(tree: Tree, baseUrl: string, data: readonly string[], half: 0 | 1): Promise<void> {
  for (const [page, path] of GUARDED.entries()) {
    for (const [at, { name, path: wayTo, headers = {}, body, always }] of WAYS.entries()) {
      if (!process.env.SOAK && always !== half && (page + at) % 6 !== 3 * half) continue
      const address = wayTo?.(path) ?? path
      const answer = await (body
        ? ask(baseUrl, address, { method: 'POST', headers: { origin: tree.baseUrl, ...headers }, body })
        : askForm(baseUrl, address, headers))
      const leaked = data.filter((text) => answer.body.includes(text))
      expect(leaked, `${path} ${name}`).toEqual([])
      if (body && half === 0 && answer.status === 401)
        expect(answer.body, path).toContain('<title>You are no longer signed in · Postroom</title>')
    }
  }
}

test('W-02 A-14 the role table has a row for every action and route of the build, and no other', () => {
  const gated = ACTION_GATES.map((action) => `${action.file}#${action.export}`)
  expect(
    builtActions()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...gated].sort())

  const known = new Set([...PAGE_GATES, ...ROUTE_GATES].map(({ path }) => path))
  const open = ['/_not-found', '/_global-error', '/icon.svg']
  expect(builtRoutes().filter((route) => !known.has(route) && !open.includes(route))).toEqual([])
})

const FIELDS = {
  type: 'smtp',
  host: 'evil.example',
  email: 'x@evil.example',
  password: 'x',
  role: 'admin',
  version: '1',
}

/** As a plain form, and as a script. */
const WAYS_TO_CALL = [false, true]

/** Every other one in each way, and in both in a soak. */
const waysOf = (at: number) => (process.env.SOAK ? WAYS_TO_CALL : [at % 2 === 0])

/** Calls an action, in both ways unless one is named. */
async function callAction(
  tree: Tree,
  action: { id: string; page: string },
  headers: Record<string, string>,
  fields: Record<string, string> = FIELDS,
  ways = WAYS_TO_CALL,
) {
  for (const header of ways) {
    const body: Ask = actionBody(action.id, fields, header)
    await ask(tree.baseUrl, action.page, { ...body, headers: { ...body.headers, ...headers } })
  }
}

/** Whether a gate stays shut for a role. */
const isShut = (role: Role) => (gate: Gate) => gate !== 'anyone' && gate !== 'signed-in' && !may(role, gate)

test('W-02 Z-01 every action is denied without a session, with an ended one, and to each role without its permission', async ({
  tree,
  sessionOf,
  endedSession,
}) => {
  await configure(tree, sessionOf)
  const gateOf = new Map(ACTION_GATES.map((row) => [`${row.file}#${row.export}`, row.gate]))
  const sameOrigin = { origin: tree.baseUrl, 'sec-fetch-site': 'same-origin' }
  const callers: { name: string; cookies: Cookies; gates: (gate: Gate) => boolean }[] = [
    { name: 'nobody', cookies: [], gates: (gate) => gate !== 'anyone' },
    { name: 'ended session', cookies: await endedSession(), gates: (gate) => gate !== 'anyone' },
    { name: 'viewer', cookies: await sessionOf('viewer'), gates: isShut('viewer') },
    { name: 'operator', cookies: await sessionOf('operator'), gates: isShut('operator') },
  ]
  const before = await stateOf(tree)
  /** A signed-in person's have a row each; of strangers only the first have, and all are counted. */
  const denials = async () => {
    const rows = await tree.query(
      `SELECT 1 FROM "AuditEvent" WHERE action = 'access.denied' AND "actorKind" = 'operator'`,
    )
    const { body } = await ask(tree.baseUrl, '/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
    return rows.length + Number(/^postroom_refused_requests_total (\d+)/m.exec(body)?.[1])
  }
  for (const [turn, { name, cookies, gates }] of callers.entries()) {
    const denied = await denials()
    const actions = [...builtActions().entries()].filter(([, { name }]) => gates(gateOf.get(name) ?? 'anyone'))
    expect(actions.length).toBeGreaterThan(3)
    // In one way by one caller and in the other by the next.
    for (const [at, action] of actions)
      await callAction(tree, action, { ...sameOrigin, ...cookieHeader(cookies) }, FIELDS, waysOf(turn + at))
    expect(await stateOf(tree), name).toEqual(before)
    const calls = actions.length * waysOf(0).length
    expect((await denials()) - denied, `denials of ${name}`).toBeGreaterThanOrEqual(calls)
  }
})

test('A-09 a stolen session and the password, without the second factor, reach no protected action', async ({
  browser,
  tree,
  sessionOf,
}) => {
  await configure(tree, sessionOf)
  const cookies = cookieHeader(await newSession('admin', tree, browser))
  // The test knows no valid code, so any seed will do.
  await tree.query(`INSERT INTO "TwoFactor" (id, "userId", secret, "backupCodes", verified)
    SELECT 'factor', id, 'sealed', 'sealed', true FROM "Operator" WHERE email = '${emailOf('admin')}'`)
  await tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = true WHERE email = '${emailOf('admin')}'`)
  await tree.age(11)
  try {
    const nameOf = new Map(ACTION_GATES.map((row) => [`${row.file}#${row.export}`, row.name]))
    const actions = builtActions().filter((action) => FRESH_ACTIONS.includes(nameOf.get(action.name) ?? ''))
    expect(actions).toHaveLength(FRESH_ACTIONS.length)
    const before = await stateOf(tree)
    const confirmation = { confirmPassword: PASSWORDS.admin, newPassword: 'seven violet postmarks on red paper' }
    const headers = { origin: tree.baseUrl, 'sec-fetch-site': 'same-origin', ...cookies }
    // Each checks a password, which costs more than the rest: half of them as a form, half as a call, and all in both ways in a soak.
    for (const [at, action] of actions.entries())
      await callAction(tree, action, headers, { ...FIELDS, ...confirmation }, waysOf(at))
    expect(await stateOf(tree)).toEqual(before)
  } finally {
    await tree.query(`DELETE FROM "TwoFactor"`)
    await tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = false`)
  }
})

const FORGED: readonly { name: string; headers: (ours: string) => Record<string, string> }[] = [
  { name: 'no Origin', headers: () => ({}) },
  { name: 'Origin: null', headers: () => ({ origin: 'null' }) },
  { name: 'a foreign Origin', headers: () => ({ origin: 'https://evil.example' }) },
  { name: 'our name with more behind it', headers: (ours) => ({ origin: `${ours}.evil.example` }) },
  { name: 'our name at another port', headers: () => ({ origin: 'http://localhost:1' }) },
  {
    name: 'our Origin, but sent by another site',
    headers: (ours) => ({ origin: ours, 'sec-fetch-site': 'cross-site' }),
  },
]

/**
 * All are refused by the same check, before the action is looked up: each kind is tried at every third action, at half of these as a form and
 * at half as a call, and at all of them in both ways in a soak.
 */
const isTried = (kind: number, action: number): boolean => Boolean(process.env.SOAK) || (kind + action) % 3 === 0

for (const [kind, { name, headers }] of FORGED.entries()) {
  test(`W-04 A-15 with ${name} no action and no route changes anything, for an administrator either`, async ({
    tree,
    sessionOf,
  }) => {
    const admin = cookieHeader(await configure(tree, sessionOf))
    const before = await stateOf(tree)
    for (const [at, action] of builtActions().entries())
      if (isTried(kind, at) && !action.name.endsWith('#signOutAction'))
        await callAction(tree, action, { ...admin, ...headers(tree.baseUrl) }, FIELDS, waysOf(kind + at))
    for (const { method, path } of ROUTE_GATES.filter(
      (route) => route.method === 'POST' && !['anyone', 'api-key'].includes(route.gate),
    )) {
      const body = actionBody('', FIELDS, false)
      const answer = await ask(tree.baseUrl, path, {
        ...body,
        method,
        headers: { ...body.headers, ...admin, ...headers(tree.baseUrl) },
      })
      expect(answer.status, path).toBe(403)
    }
    expect(await stateOf(tree)).toEqual(before)
    await expect.poll(() => tree.requestsBeyondProbes()).toBe(0)
  })
}

test('W-03 a field that a request has twice is not used, and a request with two hosts is malformed', async ({
  tree,
}) => {
  const { host, hostname, port } = new URL(tree.baseUrl)
  const fields = [`Host: ${host}`, `Origin: ${tree.baseUrl}`, 'Content-Type: multipart/form-data; boundary=x']
  const statusOf = async (method: string, ...more: string[]) => {
    const socket = connect(Number(port), hostname)
    const lines = [`${method} /sign-in HTTP/1.1`, ...fields, ...more, 'Content-Length: 0', 'Connection: close', '', '']
    socket.write(lines.join('\r\n'))
    return (await text(socket)).split(' ', 2)[1]
  }
  expect([await statusOf('GET'), await statusOf('GET', 'HOST: attacker.example')]).toEqual(['200', '400'])
  expect([await statusOf('POST'), await statusOf('POST', 'content-type: text/plain')]).toEqual(['400', '415'])
})

test('W-05 the session cookie is out of reach for scripts and other sites', async ({ sessionOf }) => {
  const session = (await sessionOf('admin')).find(({ name }) => name === 'postroom')
  expect(session).toMatchObject({ httpOnly: true, path: '/' })
  expect(['Lax', 'Strict']).toContain(session?.sameSite)
})

test('W-06 twenty answers have twenty nonces, and an inbound policy is not reflected', async ({ tree, sessionOf }) => {
  const headers = { ...cookieHeader(await sessionOf('viewer')), 'content-security-policy': `script-src 'nonce-"><x'` }
  const nonces = new Set<string>()
  for (let n = 0; n < 20; n++) {
    const { headers: got, body } = await ask(tree.baseUrl, '/sign-in', { headers })
    const policy = String(got['content-security-policy'])
    const [, nonce = ''] = /'nonce-([A-Za-z0-9+/]{22}==)'/.exec(policy) ?? []
    nonces.add(nonce)
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[^']+' 'strict-dynamic'; /)
    for (const part of ["base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(part)
    expect(body).not.toContain('"><x')
  }
  expect(nonces.size).toBe(20)
})

test('W-07 the pages behind the sign-in and what they load carry the security headers', async ({ tree, sessionOf }) => {
  const { body } = await ask(tree.baseUrl, '/sign-in')
  const [asset = ''] = /\/_next\/static\/[^"]+\.js/.exec(body) ?? []
  const headers = cookieHeader(await sessionOf('viewer'))
  for (const path of ['/mail-server', '/no-such-page', '/system/operators', asset, '/sign-in']) {
    const answer = await ask(tree.baseUrl, path, { headers })
    for (const [name, value] of SECURITY_HEADERS) expect(answer.headers[name.toLowerCase()], path).toBe(value)
    expect(answer.headers['x-powered-by'], path).toBeUndefined()
  }
})

test('W-15 W-07 what throws in the proxy is answered by a number that the log knows, and by nothing else', async ({
  tree,
  sessionOf,
}) => {
  const headers = { ...cookieHeader(await sessionOf('viewer')), 'content-type': 'application/x-www-form-urlencoded' }
  const from = tree.postroom.output.length
  await tree.query('ALTER TABLE "Session" RENAME TO "Session_"')
  try {
    // Without an Origin the proxy refuses it, and asks whose request it was.
    const answer = await ask(tree.baseUrl, '/account', { method: 'POST', headers, body: 'a=b' })
    expect(answer.status).toBe(500)
    for (const [name, value] of SECURITY_HEADERS) expect(answer.headers[name.toLowerCase()], name).toBe(value)
    const [, number = ''] = /The log has the reason under the number (\d+)\./.exec(answer.body) ?? []
    await expect.poll(() => tree.postroom.output.slice(from)).toContain(`"digest":"${number}"`)
    expect(answer.body).not.toMatch(/Session|prisma|node_modules/)
  } finally {
    await tree.query('ALTER TABLE "Session_" RENAME TO "Session"')
  }
})

test('W-15 no odd query of a page that shows what it was asked for is an error', async ({ tree, sessionOf }) => {
  const headers = cookieHeader(await sessionOf('viewer'))
  for (const path of [
    '/set-up?sender=%00',
    '/set-up?tenant=%00',
    '/set-up?client=%00&object=%e2%80%8b&name=%00',
    '/mail-server?done=__proto__',
    '/mail-server?done=constructor',
    '/messages?done=__proto__',
    '/credentials/applications?done=__proto__',
  ])
    expect((await ask(tree.baseUrl, path, { headers })).status, path).toBe(200)
})

test('W-08 what is behind the sign-in is never stored by a cache', async ({ tree, sessionOf }) => {
  const headers = cookieHeader(await sessionOf('admin'))
  const kinds = ['text/html', 'text/x-component']
  for (const [at, path] of GUARDED.entries()) {
    // Each page in one way, and in both in a soak.
    for (const accept of process.env.SOAK ? kinds : [kinds[at % 2] ?? '']) {
      const rsc = accept === 'text/html' ? null : { rsc: '1' }
      const answer = await askForm(tree.baseUrl, path, { ...headers, accept, ...rsc })
      expect(String(answer.headers['cache-control']), `${path} as ${accept}`).toContain('no-store')
    }
  }
})

test('W-15 the address of the error page is one without a page', async ({ tree }) => {
  for (const path of [
    '/_global-error',
    '/_global-error?x=1',
    '/%5fglobal-error',
    '/_global%2Derror',
    '/x/../_global-error',
  ])
    expect((await ask(tree.baseUrl, path)).status, path).toBe(404)
})

test('a browser that asks for the icon before it has read the link to it gets the icon', async ({ tree }) => {
  const { status, headers } = await ask(tree.baseUrl, '/favicon.ico')
  expect([status, headers['content-type']]).toEqual([200, 'image/svg+xml'])
})

test('W-09 there is no image optimiser', async ({ tree }) => {
  const { status } = await ask(tree.baseUrl, '/_next/image?url=%2Ficon.svg&w=64&q=75')
  expect([400, 404]).toContain(status)
})

test('W-02 U-01 an action that this build, or this page, does not have leaves a row', async ({ tree, sessionOf }) => {
  const headers = { origin: tree.baseUrl, 'sec-fetch-site': 'same-origin', ...cookieHeader(await sessionOf('viewer')) }
  const ofAnotherPage = builtActions().find(({ name }) => name.endsWith('#addOperatorAction'))?.id ?? ''
  for (const id of [`60${'ab'.repeat(20)}`, ofAnotherPage]) {
    for (const header of [false, true]) {
      const [{ last } = { last: 0 }] = await tree.query<{ last: number }>(
        'SELECT max(sequence) AS last FROM "AuditEvent"',
      )
      const body = actionBody(id, FIELDS, header)
      const answer = await ask(tree.baseUrl, '/account', { ...body, headers: { ...body.headers, ...headers } })
      expect(answer.status).toBe(404)
      const rows = await tree.query(`
        SELECT details->>'why' AS why FROM "AuditEvent" WHERE sequence > ${last} AND action = 'request.refused'`)
      expect(rows).toEqual([{ why: 'unknown-action' }])
    }
  }
})

test('W-15 every method but the three that are answered is refused, and none by an error', async ({ tree }) => {
  const refused = ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
  for (const [path, methods] of [
    ['/sign-in', [...refused, 'OPTIONS']],
    ['/api/v1/messages', refused],
  ] as const)
    for (const method of methods)
      expect((await ask(tree.baseUrl, path, { method })).status, `${method} ${path}`).toBe(405)
})

test('A-04 A-15 forty wrong passwords at once, by form and by script, from ever new addresses: five are looked at', async ({
  tree,
  sessionOf,
}) => {
  const cookies = await sessionOf('viewer')
  const { id, page } = builtActions().find(({ name }) => name.endsWith('#passwordAction')) ?? { id: '', page: '' }
  const enter = (password: string, header: boolean, more: Record<string, string> = {}) => {
    const body = actionBody(id, { email: 'viewer@contoso.example', password }, header)
    const headers = { ...body.headers, origin: tree.baseUrl, 'sec-fetch-site': 'same-origin', ...more }
    return ask(tree.baseUrl, page, { ...body, headers })
  }
  const [{ last } = { last: 0 }] = await tree.query<{ last: number }>(`SELECT max(sequence) AS last FROM "AuditEvent"`)
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => {
      const address = `203.0.113.${n}`
      const forged = { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` }
      return enter(`guess number ${n} of forty`, n % 2 === 0, forged)
    }),
  )
  const tried = await tree.query<{ reason: string }>(`SELECT details->>'reason' AS reason FROM "AuditEvent"
    WHERE sequence > ${last} AND action = 'sign-in.failed'`)
  expect(tried.length).toBeGreaterThan(0)
  expect(tried.filter(({ reason }) => reason === 'wrong-password').length).toBeLessThanOrEqual(5)

  const right = PASSWORDS.viewer
  const fromElsewhere = await enter(right, true)
  expect(String(fromElsewhere.headers['set-cookie'] ?? '')).not.toContain('postroom=')
  const device = cookies.filter(({ name }) => name.endsWith('postroom-device'))
  const known = await enter(right, true, cookieHeader(device))
  expect(String(known.headers['set-cookie'])).toContain('postroom=')
})

test('W-10 a foreign host in the request line gets no page and leads nowhere', async ({ tree }) => {
  const foreign = await ask(tree.baseUrl, 'http://evil.example/sign-in')
  expect(foreign).toMatchObject({ status: 421, body: expect.not.stringContaining('evil.example') })
  expect(await ask(tree.baseUrl, `${tree.baseUrl}/sign-in`)).toMatchObject({ status: 200 })
})

test('W-10 a foreign host gets no page', async ({ tree }) => {
  for (const name of ['host', 'x-forwarded-host']) {
    const answer = await ask(tree.baseUrl, '/sign-in', { headers: { [name]: 'evil.example' } })
    expect([400, 421]).toContain(answer.status)
    expect(answer.body).not.toContain('evil.example')
  }
})

test('W-11 no link of ours leads to another site', async ({ tree }) => {
  for (const path of ['//evil.example?theme=dark', '/\\evil.example?theme=dark', '//evil.example/%2e%2e?locale=de']) {
    const { headers } = await ask(tree.baseUrl, path)
    const target = new URL(String(headers.location ?? '/'), tree.baseUrl)
    expect(target.origin, path).toBe(tree.baseUrl)
  }
})

test('R-23 health says little to strangers, and metrics want their token', async ({ tree }) => {
  expect(await ask(tree.baseUrl, '/health/live')).toMatchObject({ status: 200 })
  expect(await ask(tree.baseUrl, '/health/ready')).toMatchObject({ status: 200 })
  for (const authorization of ['', 'Bearer wrong', `Basic ${METRICS_TOKEN}`]) {
    const { status, body } = await ask(tree.baseUrl, '/metrics', { headers: { authorization } })
    expect([401, 403, 404]).toContain(status)
    expect(body).not.toContain('process_')
  }
  const metrics = await ask(tree.baseUrl, '/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  expect(metrics.status).toBe(200)
  expect(metrics.body).toMatch(/^# HELP /m)
})

test('R-11 a console that is stopped finishes the connection test that it is running, and the next one takes over', async ({
  simulator,
  tree,
  sessionOf,
}) => {
  const admin = await configure(tree, sessionOf)
  await simulator.fault({ entraDelay: 3_000 })
  const form = mailServerForm({ ...exchangeFields(simulator.facts), clientSecretChange: 'keep', clientSecret: '' }, 1)
  const first = consolePidOf(tree.postroom.pid)
  const answer = await startTest(tree, admin, form)
  expect(answer.status, answer.ok ? '' : await answer.text()).toBe(200)
  process.kill(first, 'SIGTERM')
  expect(await answer.text()).toContain('"outcome":"accepted"')
  await expect
    .poll(
      () =>
        fetch(`${tree.baseUrl}/health/ready`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 30_000 },
    )
    .toBe(200)
  expect(consolePidOf(tree.postroom.pid)).not.toBe(first)
})

test('A-04 when every request comes from a proxy that is not named, System says which variable to set, and one log line does', async ({
  page,
  tree,
  signIn,
}) => {
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  await signIn('viewer')
  await Promise.all(Array.from({ length: 60 }, () => ask(tree.baseUrl, '/sign-in', { headers })))
  await page.setExtraHTTPHeaders(headers)
  await page.goto('/system')
  await expect(page.getByText('set POSTROOM_TRUSTED_PROXIES=127.0.0.1 and start Postroom again')).toBeVisible()
  // A console that ran before, and was ended by a test, has its own line.
  const lines = tree.postroom.output
    .split('\n')
    .filter((line) => line.includes(`"pid":${consolePidOf(tree.postroom.pid)},`))
  expect(lines.filter((line) => line.includes('sends X-Forwarded-For and is not a trusted proxy'))).toHaveLength(1)
  await page.setExtraHTTPHeaders({})
  await page.goto('/system')
  await expect(page.getByText('POSTROOM_TRUSTED_PROXIES')).toBeHidden()
})
