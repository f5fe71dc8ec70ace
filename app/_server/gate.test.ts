import { redirect } from 'next/navigation'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testRoute } from '@/app/(console)/_connection-test/test-route'
import { GET as exportActivity } from '@/app/(console)/activity/export/route'
import { GET as exportApplications } from '@/app/(console)/credentials/applications/export/route'
import { ACCOUNT_FIELD } from '@/lib/access/account-field'
import { PEER_HEADER } from '@/lib/access/incoming-requests'
import { may, type Permission } from '@/lib/access/permissions'
import { FORM_BYTES_MAX } from '@/lib/access/request-refusal'
import { SIGNED_OUT } from '@/lib/access/signed-out'
import { FRESH_MINUTES } from '@/lib/accounts/settings'
import type { Db } from '@/lib/db'
import { MINUTE_MS, newId } from '@/lib/kernel'
import { CLIENT, OBJECT, SECRET, saved, TENANT } from '@/tests/support/mail-server'
import { type PageRequest, pageRequest } from '@/tests/support/page-request'
import { provideServices, withdrawServices } from '@/tests/support/page-services'
import { PASSWORD, person, signedInCookies } from '@/tests/support/people'
import { wholeDeployment } from '@/tests/support/whole'
import { type OperatorCaller, requireCaller, requireFresh, routeCaller, signedIn, whileAllowed } from './caller'
import { draftRoute } from './draft-route'
import { entryActions } from './entry-action'
import { formActions, leading, type Options, type Refused } from './form-action'

const BASE_URL = new URL('https://post.contoso.example')
const OURS = { origin: BASE_URL.origin, 'content-type': 'application/x-www-form-urlencoded' }

const PEOPLE = { viewer: 'viewer', operator: 'operator', admin: 'admin', newcomer: 'admin' } as const
type Name = keyof typeof PEOPLE
const emailOf = (name: Name) => `${name}@contoso.example`

let deployment: Awaited<ReturnType<typeof wholeDeployment>>
let db: Db
const [ids, cookies] = [{} as Record<Name, string>, {} as Record<Name, string>]
let sessions: Awaited<ReturnType<Db['session']['findMany']>>

/** Whose session the next request has, its other headers, and from which address it comes: strangers get few entries at each. */
let who: Name | null
let incoming: Headers
let tests = 0
/** The number of the last audit entry that was looked at. */
let lastSequence = 0n

beforeAll(async () => {
  deployment = await wholeDeployment({ POSTROOM_BASE_URL: BASE_URL.origin })
  db = deployment.fresh.db
  provideServices(deployment.services)
  for (const name of Object.keys(PEOPLE) as Name[]) {
    ids[name] = await person(db, emailOf(name), PEOPLE[name])
    cookies[name] = await signedInCookies(deployment.services.signIn, emailOf(name))
  }
  sessions = await db.session.findMany()
})
afterAll(() => {
  withdrawServices()
  return deployment.close()
})
beforeEach(async () => {
  ;[who, incoming] = [null, new Headers(OURS)]
  tests += 1
  for (const name of Object.keys(PEOPLE) as Name[])
    await db.operator.update({
      where: { id: ids[name] },
      data: { role: PEOPLE[name], twoFactorEnabled: name === 'admin' },
    })
  await signInAgain()
  await recorded()
})

/** A minute more than need be: the services have the database’s clock, which on a busy machine may be behind that of this process. */
const STALE_MINUTES = FRESH_MINUTES + 1

/** All people have the session of the beginning, of this age. */
async function signInAgain(minutes = 0): Promise<void> {
  const createdAt = new Date(Date.now() - minutes * MINUTE_MS)
  await db.session.deleteMany()
  await db.session.createMany({ data: sessions.map((session) => ({ ...session, createdAt })) })
}

/** The audit entries since they were last asked for. */
async function recorded() {
  const rows = await db.auditEvent.findMany({ where: { sequence: { gt: lastSequence } }, orderBy: { sequence: 'asc' } })
  lastSequence = rows.at(-1)?.sequence ?? lastSequence
  return rows
}

function headersOf(own: HeadersInit): Headers {
  const headers = new Headers(own)
  headers.set(PEER_HEADER, `192.0.2.${tests}`)
  if (who) headers.set('cookie', cookies[who])
  return headers
}

const during = <Outcome>(work: () => Promise<Outcome>) => pageRequest(headersOf(incoming)).during(work)

/** Where a page leads, or why it is refused, or `in`. */
async function page(permission: Permission): Promise<string> {
  try {
    const { actor } = await during(() => requireCaller(permission))
    return who && actor.email === emailOf(who) ? 'in' : 'someone else'
  } catch (thrown) {
    const { digest, why } = thrown as { digest?: string; why?: string }
    return why ?? digest?.split(';')[2] ?? String(thrown)
  }
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

const reasonOf = (_: string, __: FormData, reason: string) => reason

/** Posts a form to an action that needs the permission. */
async function action(
  permission: Permission,
  fields: Record<string, string> = {},
  { request = pageRequest(headersOf(incoming)), ...options }: Options & { request?: PageRequest } = {},
) {
  const run = async (caller: OperatorCaller, own: FormData) => [caller.actor.email, ...own.keys()].join()
  const post = formActions<string>(permission, reasonOf, options)('subject.verb', run)
  return request.during(() => post('previous', formOf(fields)))
}

async function route(permission: Permission, method = 'GET', own: HeadersInit = OURS, freshFrom?: string) {
  const request = new Request(`${BASE_URL.origin}/policy/preview`, { method, headers: headersOf(own) })
  const answer = await during(() => routeCaller(request, permission, freshFrom === undefined ? {} : { freshFrom }))
  if (!(answer instanceof Response)) return 'in'
  return answer.headers.get('location') ?? answer.status
}

test.each<[string, (id: string) => Promise<unknown>, string]>([
  ['that has ended', () => db.session.deleteMany(), 'anonymous'],
  ['with a lower role', (id) => db.operator.update({ where: { id }, data: { role: 'viewer' } }), 'operator'],
  [
    'without the second factor that is demanded now',
    (id) => db.operator.update({ where: { id }, data: { role: 'admin' } }),
    'operator',
  ],
])('A-08 a file that is being read breaks off with a session %s, and leaves an entry', async (_, change, actorKind) => {
  who = 'operator'
  const parts = whileAllowed(
    new Request(BASE_URL, { headers: headersOf({}) }),
    'mail-server:test',
    (async function* () {
      yield* [1, 2, 3]
    })(),
  )
  expect(await parts.next()).toEqual({ done: false, value: 1 })
  await change(ids.operator)
  await expect(parts.next()).rejects.toThrow('The session ended')
  expect(await recorded()).toMatchObject([
    { action: 'access.denied', actorKind, details: { what: 'mail-server:test' } },
  ])
  expect(await parts.next()).toEqual({ done: true })
})

/** The first part of either file has a row. */
async function readTenant(): Promise<void> {
  const text = { type: 'exchange-online-oauth2', senderAddress: 'noreply@contoso.example', senderName: '' }
  const secret = { clientSecretChange: 'replace', clientSecret: SECRET, secretExpiresAt: '2099-12-31' }
  const application = { cloud: 'global', tenantId: TENANT, clientId: CLIENT }
  await saved(await deployment.services.mailServers.default(), { ...text, ...application, ...secret }, 0)
  const read = { tenantId: TENANT, objectId: OBJECT, runId: newId(), displayName: 'Scanner' }
  await db.appRegistration.create({ data: { ...read, appId: CLIENT } })
  await db.appCredential.create({ data: { ...read, keyId: newId(), kind: 'secret' } })
}

test('A-08 the files of activity and of credentials of app registrations break off once the session has ended', async () => {
  await readTenant()
  for (const [path, get] of [
    ['/activity/export', exportActivity],
    ['/credentials/applications/export?state=all', exportApplications],
  ] as const) {
    await signInAgain()
    who = 'admin'
    const request = new Request(new URL(path, BASE_URL), { headers: headersOf(OURS) })
    const chunks = (await during(() => get(request))).body?.getReader()
    await db.session.deleteMany()
    // The headings, which were made before anyone read.
    expect(await chunks?.read(), path).toMatchObject({ done: false })
    await expect(chunks?.read(), path).rejects.toThrow('The session ended')
    expect((await recorded()).at(-1)).toMatchObject({ action: 'access.denied', actorKind: 'anonymous' })
  }
})

test.each([
  ['a test', testRoute],
  ['what is said about a draft', draftRoute],
])('A-08 %s whose form arrives slowly is not for a session that ended in the meantime', async (_, routeOf) => {
  who = 'operator'
  let runs = 0
  const submit = async () => ({ kind: 'state', state: { kind: `run ${++runs}` }, status: 200 }) as const
  const body = new ReadableStream({
    async pull(controller) {
      await db.session.deleteMany()
      controller.enqueue(Buffer.from('a=b'))
      controller.close()
    },
  })
  const init = { method: 'POST', headers: headersOf(OURS), body, duplex: 'half' } as RequestInit
  const answer = await during(() => routeOf('mail-server:test', submit)(new Request(BASE_URL, init)))
  expect([answer.status, runs]).toEqual([401, 0])
})

test.each([
  ['too-large', 413, `a=${'x'.repeat(FORM_BYTES_MAX)}`],
  ['malformed', 400, 'a&'.repeat(2_000)],
])('W-03 a form in pieces that turns out to be %s reaches no route, and leaves an entry', async (why, status, text) => {
  who = 'operator'
  for (const routeOf of [testRoute, draftRoute]) {
    const body = new Blob([text]).stream()
    const init = { method: 'POST', headers: headersOf(OURS), body, duplex: 'half' } as RequestInit
    const route = routeOf('mail-server:test', () => Promise.reject(new Error('It was reached')))
    expect(await during(() => route(new Request(BASE_URL, init)))).toMatchObject({ status })
    expect(await recorded()).toMatchObject([{ action: 'request.refused', actorName: emailOf(who), details: { why } }])
  }
})

test.each([
  ['nobody', null],
  ['a viewer', 'viewer'],
  ['an operator', 'operator'],
  ['an administrator', 'admin'],
  ['an administrator without the second factor that is demanded', 'newcomer'],
] as const)('Z-01 pages, actions and routes let %s in alike, and leave an entry of every refusal', async (_, name) => {
  who = name
  for (const permission of ['mail-server:read', 'mail-server:test', 'mail-server:write'] as const) {
    const isIn = name !== null && name !== 'newcomer' && may(PEOPLE[name], permission)
    const why = { action: 'forbidden', page: 'forbidden', status: 403 } as Record<string, unknown>
    if (name === 'newcomer') Object.assign(why, { action: 'enrol', page: '/enrol' })
    if (name === null) Object.assign(why, { action: 'previous', page: '/sign-in', status: 401 })
    expect([
      await action(permission),
      await page(permission),
      await route(permission),
      await route(permission, 'POST'),
    ]).toEqual(isIn ? [emailOf(name), 'in', 'in', 'in'] : [why.action, why.page, why.status, why.status])
    const denials = (await recorded()).filter(
      ({ action, result }) => action === 'access.denied' && result === 'refused',
    )
    // A page that leads to the sign-in or to the second factor refuses nothing.
    const refusals = why.page === 'forbidden' ? 4 : 3
    expect(denials).toHaveLength(isIn ? 0 : refusals)
  }
})

test('W-04 W-03 no form that is forged, malformed or too large reaches an action or a route, and each leaves an entry', async () => {
  const refused: [Record<string, string>, string, number][] = [
    [{ ...OURS, origin: '' }, 'origin-missing', 403],
    [{ ...OURS, origin: 'https://attacker.example' }, 'origin-foreign', 403],
    [{ ...OURS, 'sec-fetch-site': 'cross-site' }, 'cross-site', 403],
    [{ ...OURS, 'content-type': 'text/plain' }, 'content-type', 415],
    [{ ...OURS, 'content-length': String(FORM_BYTES_MAX + 1) }, 'too-large', 413],
  ]
  for (const [at, [headers, why, status]] of refused.entries()) {
    // Of a person whose role does not allow it either, only the first reason is recorded.
    who = at % 2 === 0 ? 'admin' : 'viewer'
    incoming = new Headers(headers)
    expect([await action('mail-server:write'), await route('mail-server:write', 'POST', headers)]).toEqual([
      why,
      status,
    ])
    const entry = { action: 'request.refused', result: 'refused', actorName: emailOf(who), details: { why } }
    expect(await recorded()).toMatchObject([entry, entry])
  }
  ;[who, incoming] = ['admin', new Headers(OURS)]
  expect(await action('mail-server:write', { name: 'x'.repeat(FORM_BYTES_MAX) })).toBe('too-large')
  const run = formActions<string>('mail-server:write', reasonOf)('subject.verb', async () => 'done')
  expect(await during(() => run('previous', ['no form'] as never))).toBe('content-type')
  expect(await recorded()).toHaveLength(2)
})

test('a form that was shown to another account changes nothing, and a form without a session keeps what was typed', async () => {
  who = 'admin'
  expect(await action('mail-server:write', { [ACCOUNT_FIELD]: ids.viewer })).toBe('other-account')
  expect(await action('mail-server:write', { [ACCOUNT_FIELD]: ids.admin })).toMatch(/^admin@/)
  who = null
  incoming.set('next-action', '60ab')
  expect(await action('mail-server:write')).toBe(SIGNED_OUT)
  expect(await recorded()).toMatchObject([
    { action: 'access.denied', actorName: 'admin@contoso.example' },
    { action: 'access.denied', actorKind: 'anonymous' },
  ])
})

test('without a session an action on the way in is done, and one of a signed-in person is not', async () => {
  const enter = entryActions<string>('anyone', reasonOf)('sign-in.enter', async () => 'done')
  const leave = entryActions<string>('signed-in', reasonOf)('sign-in.leave', async () => 'done')
  const post = (entry: typeof enter) => during(() => entry('previous', new FormData()))
  expect(await post(enter)).toBe('done')
  await expect(post(leave)).rejects.toMatchObject({ digest: expect.stringContaining(';/sign-in;') })
  incoming.set('next-action', '60ab')
  expect(await post(leave)).toBe('signed-out')
  who = 'newcomer'
  expect(await post(leave)).toBe('done')
})

test('an action that leads elsewhere has the frame around the page read again, and one that fails does not', async () => {
  const request = pageRequest(headersOf(incoming))
  const fails = leading(() => Promise.reject(new Error('a bug')))
  await expect(request.during(fails)).rejects.toThrow('a bug')
  expect(request.isReadAgain()).toBe(false)
  const leads = leading(async () => redirect('/clients'))
  await expect(request.during(leads)).rejects.toMatchObject({ digest: expect.anything() })
  expect(request.isReadAgain()).toBe(true)
})

test('A-09 an old session carries out no action that needs a fresh one until the password is right, which the action does not get', async () => {
  who = 'operator'
  const fields = (confirmPassword: string) => ({ confirmPassword, confirmCode: '123456', name: 'x' })
  await signInAgain(STALE_MINUTES)
  expect(await action('mail-server:test', fields(PASSWORD))).toBe(`${emailOf(who)},name`)
  for (const [fresh, password, answer] of [
    [true, '', 'confirm'],
    [true, 'wrong', 'confirm'],
    [true, PASSWORD, `${emailOf(who)},name`],
    ['each-time', '', 'confirm'],
    ['each-time', PASSWORD, `${emailOf(who)},name`],
  ] as const) {
    await signInAgain(fresh === true ? STALE_MINUTES : 0)
    const request = pageRequest(headersOf(incoming))
    expect(await action('mail-server:test', fields(password), { fresh, request }), `${fresh} ${password}`).toBe(answer)
    const isNew = answer !== 'confirm'
    expect(request.cookies()).toEqual(
      isNew ? [expect.stringMatching(/^__Host-postroom=.+; Path=\/; .*Secure; HttpOnly; SameSite=lax$/)] : [],
    )
  }
  const entries = await recorded()
  const demanded = entries.filter(({ action }) => action === 'sign-in.confirm-demanded')
  expect(demanded.map(({ details }) => details)).toEqual([{ what: 'subject.verb' }, { what: 'subject.verb' }])
  await signInAgain()
  expect(await action('mail-server:test', fields(''), { fresh: true })).toBe(`${emailOf(who)},name`)
})

test('A-08 an action whose caller confirms, and whose new session ends at the same moment, asks them to sign in again', async () => {
  who = 'operator'
  await signInAgain(STALE_MINUTES)
  await db.$executeRaw`
    CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN DELETE FROM "Session" WHERE id = NEW.id; RETURN NULL; END'`
  await db.$executeRaw`CREATE TRIGGER ends AFTER INSERT ON "Session" FOR EACH ROW EXECUTE FUNCTION end_session()`
  const textOf: Refused<string> = (_, __, ___, confirm) => confirm?.text ?? ''
  const post = formActions('mail-server:test', textOf, { fresh: true })('subject.verb', async () => 'done')
  const answer = await during(() => post('previous', formOf({ confirmPassword: PASSWORD, confirmCode: '123456' })))
  await db.$executeRaw`DROP FUNCTION end_session CASCADE`
  expect(answer).toMatch(/Sign in again/)
})

test('A-09 an old session gets no page or file that needs a fresh one', async () => {
  who = 'admin'
  await signInAgain(STALE_MINUTES)
  const from = '/credentials?kind=secret'
  const confirm = `/confirm?next=${encodeURIComponent(from)}`
  const pageNeedsFresh = () =>
    during(async () => {
      const session = await signedIn()
      return session && requireFresh(session, from)
    })
  expect(await route('credentials:read', 'GET', {}, from)).toBe(`${BASE_URL.origin}${confirm}`)
  expect(await route('credentials:read', 'POST', OURS, from)).toBe(403)
  await expect(pageNeedsFresh()).rejects.toMatchObject({ digest: expect.stringContaining(`;${confirm};`) })
  expect((await recorded()).map(({ action, details }) => [action, details])).toEqual(
    ['credentials:read', 'credentials:read', from].map((what) => ['sign-in.confirm-demanded', { what }]),
  )
  await signInAgain()
  expect(await route('credentials:read', 'GET', {}, from)).toBe('in')
  expect(await pageNeedsFresh()).toBeUndefined()
})
