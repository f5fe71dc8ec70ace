import { redirect } from 'next/navigation'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { testRoute } from '@/app/(console)/_connection-test/test-route'
import { GET as exportActivity } from '@/app/(console)/activity/export/route'
import { GET as exportApplications } from '@/app/(console)/credentials/applications/export/route'
import { ACCOUNT_FIELD } from '@/lib/access/account-field'
import { may, type Permission } from '@/lib/access/permissions'
import { FORM_BYTES_MAX } from '@/lib/access/request-refusal'
import { SIGNED_OUT } from '@/lib/access/signed-out'
import type { SignedIn } from '@/lib/accounts/terms'
import type { AuditEntry } from '@/lib/audit'
import { ok } from '@/lib/kernel'
import { type Services, services } from '@/lib/services'
import { provideServices, withdrawServices } from '@/tests/support/page-services'
import { requireCaller, requireFresh, routeCaller, whileAllowed } from './caller'
import { draftRoute } from './draft-route'
import { entryActions } from './entry-action'
import { formActions, leading, type Options } from './form-action'

/** The request that is being answered, whose session it has, and what the checks did. */
const now = vi.hoisted(() => ({ headers: new Headers(), cookies: [] as unknown[], refreshes: 0 }))
vi.mock('next/headers', () => ({
  headers: async () => now.headers,
  cookies: async () => ({
    getAll: () => [],
    get: () => undefined,
    set: (...cookie: unknown[]) => now.cookies.push(cookie),
  }),
}))
vi.mock('next/cache', () => ({ refresh: () => now.refreshes++ }))

const BASE_URL = new URL('https://post.contoso.example')
const OURS = { origin: BASE_URL.origin, 'content-type': 'application/x-www-form-urlencoded' }
const FRESH = new Date()

const holder = (role: SignedIn['operator']['role'], more: Partial<SignedIn> = {}): SignedIn => ({
  sessionId: `session-${role}`,
  operator: { id: `id-${role}`, email: `${role}@contoso.example`, name: role, role, secondFactor: true } as never,
  signedInAt: FRESH,
  mustEnrol: false,
  ...more,
})
const [viewer, operator, admin] = [holder('viewer'), holder('operator'), holder('admin')]
const withoutFactor = holder('admin', { mustEnrol: true })
const old = holder('admin', { signedInAt: new Date(0) })

let session: SignedIn | null
let recorded: AuditEntry[]
let demanded: string[]
beforeEach(() => {
  now.headers = new Headers(OURS)
  Object.assign(now, { cookies: [], refreshes: 0 })
  ;[session, recorded, demanded] = [null, [], []]
  provideServices({
    environment: { baseUrl: BASE_URL, trustedProxies: [] } as never,
    unknownProxy: { saw() {} } as never,
    refusals: { record: async (entry: AuditEntry) => void recorded.push(entry) } as never,
    signIn: {
      getSession: async () => session,
      isFresh: ({ signedInAt }) => signedInAt === FRESH,
      demandConfirmation: async (_call, _session, what) => void demanded.push(what),
      confirm: async (_call, _session, { password }) => {
        if (password.reveal() !== 'right') return { ok: false, error: { kind: 'wrong-password' } }
        session = admin
        return ok([{ name: 'postroom', value: 'new', maxAgeSeconds: null, secure: true }])
      },
    } as Partial<Services['signIn']> as Services['signIn'],
  })
})
afterEach(withdrawServices)

/** Where a page leads, or why it is refused, or `in`. */
async function page(permission: Permission): Promise<string> {
  try {
    return (await requireCaller(permission)).actor.email === session?.operator.email ? 'in' : 'someone else'
  } catch (thrown) {
    const { digest, why } = thrown as { digest?: string; why?: string }
    return why ?? digest?.split(';')[2] ?? String(thrown)
  }
}

/** Posts a form to an action that needs the permission. */
async function action(permission: Permission, fields: Record<string, string> = {}, options: Options = {}) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  const refused = (_: string, __: FormData, reason: string) => reason
  const run = async (caller: { sessionId: string }, own: FormData) => [caller.sessionId, ...own.keys()].join()
  return formActions<string>(permission, refused, options)('subject.verb', run)('previous', form)
}

async function route(permission: Permission, method = 'GET', headers: object = OURS, freshFrom?: string) {
  const request = new Request(`${BASE_URL.origin}/policy/preview`, { method, headers: { ...headers } })
  const answer = await routeCaller(request, permission, freshFrom === undefined ? {} : { freshFrom })
  if (!(answer instanceof Response)) return 'in'
  return answer.headers.get('location') ?? answer.status
}

test.each([
  ['that has ended', null, 'anonymous'],
  ['with a lower role', viewer, 'operator'],
  ['without the second factor that is demanded now', withoutFactor, 'operator'],
] as const)(
  'A-08 a file that is being read breaks off with a session %s, and leaves an entry',
  async (_, later, kind) => {
    session = operator
    const parts = whileAllowed(
      new Request(BASE_URL),
      'mail-server:test',
      (async function* () {
        yield* [1, 2, 3]
      })(),
    )
    expect(await parts.next()).toEqual({ done: false, value: 1 })
    session = later
    await expect(parts.next()).rejects.toThrow('The session ended')
    expect(recorded).toMatchObject([
      { action: 'access.denied', actor: { kind }, details: { what: 'mail-server:test' } },
    ])
    expect(await parts.next()).toEqual({ done: true })
  },
)

test.each([
  ['activity', '/activity/export', exportActivity],
  ['credentials of app registrations', '/credentials/applications/export', exportApplications],
])('A-08 the file of %s breaks off once its session has ended', async (_, path, get) => {
  async function* many<Part>(part: Part) {
    for (let at = 0; at < 20; at++) {
      await new Promise(setImmediate)
      yield part
    }
  }
  provideServices({
    ...services(),
    audit: { record: async () => {}, pages: () => many([]) } as never,
    inventory: { rows: () => many({ rows: [], borders: {} }) } as never,
  })
  session = admin
  const { body } = await get(new Request(new URL(path, BASE_URL), { headers: OURS }))
  const chunks = body?.getReader()
  expect(await chunks?.read()).toMatchObject({ done: false })
  session = null
  await expect(chunks?.read()).rejects.toThrow('The session ended')
  expect(recorded).toMatchObject([{ action: 'access.denied', actor: { kind: 'anonymous' } }])
})

test.each([
  ['a test', testRoute],
  ['what is said about a draft', draftRoute],
])('A-08 %s whose form arrives slowly is not for a session that ended in the meantime', async (_, routeOf) => {
  session = operator
  const submit = vi.fn()
  const body = new ReadableStream({
    pull(controller) {
      session = null
      controller.enqueue(Buffer.from('a=b'))
      controller.close()
    },
  })
  const request = new Request(BASE_URL, { method: 'POST', headers: OURS, body, duplex: 'half' } as RequestInit)
  expect((await routeOf('mail-server:test', submit)(request)).status).toBe(401)
  expect(submit).not.toHaveBeenCalled()
})

test.each([
  ['nobody', null],
  ['a viewer', viewer],
  ['an operator', operator],
  ['an administrator', admin],
  ['an administrator without the second factor that is demanded', withoutFactor],
] as const)('Z-01 pages, actions and routes let %s in alike, and leave an entry of every refusal', async (_, who) => {
  session = who
  for (const permission of ['mail-server:read', 'mail-server:test', 'mail-server:write'] as const) {
    const isIn = who !== null && !who.mustEnrol && may(who.operator.role, permission)
    const why = { action: 'forbidden', page: 'forbidden', status: 403 } as Record<string, unknown>
    if (who?.mustEnrol) Object.assign(why, { action: 'enrol', page: '/enrol' })
    if (who === null) Object.assign(why, { action: 'previous', page: '/sign-in', status: 401 })
    expect([
      await action(permission),
      await page(permission),
      await route(permission),
      await route(permission, 'POST'),
    ]).toEqual(isIn ? [who.sessionId, 'in', 'in', 'in'] : [why.action, why.page, why.status, why.status])
    const denials = recorded
      .splice(0)
      .filter(({ action, result }) => action === 'access.denied' && result === 'refused')
    // A page that leads to the sign-in or to the second factor refuses nothing.
    expect(denials).toHaveLength(isIn ? 0 : why.page === 'forbidden' ? 4 : 3)
  }
})

test('W-04 W-03 no form that is forged, malformed or too large reaches an action or a route, and each leaves an entry', async () => {
  const refused: [object, string, number][] = [
    [{ ...OURS, origin: '' }, 'origin-missing', 403],
    [{ ...OURS, origin: 'https://attacker.example' }, 'origin-foreign', 403],
    [{ ...OURS, 'sec-fetch-site': 'cross-site' }, 'cross-site', 403],
    [{ ...OURS, 'content-type': 'text/plain' }, 'content-type', 415],
    [{ ...OURS, 'content-length': String(FORM_BYTES_MAX + 1) }, 'too-large', 413],
  ]
  for (const [at, [headers, why, status]] of refused.entries()) {
    // Of a person whose role does not allow it either, only the first reason is recorded.
    session = at % 2 === 0 ? admin : viewer
    now.headers = new Headers({ ...headers })
    expect([await action('mail-server:write'), await route('mail-server:write', 'POST', headers)]).toEqual([
      why,
      status,
    ])
    const entry = { action: 'request.refused', result: 'refused', details: { why } }
    expect(recorded.splice(0)).toMatchObject([entry, entry])
  }
  ;[session, now.headers] = [admin, new Headers(OURS)]
  expect(await action('mail-server:write', { name: 'x'.repeat(FORM_BYTES_MAX) })).toBe('too-large')
  const run = formActions<string>('mail-server:write', (_, __, why) => why)('subject.verb', async () => 'done')
  expect(await run('previous', ['no form'] as never)).toBe('content-type')
  expect(recorded).toHaveLength(2)
})

test('a form that was shown to another account changes nothing, and a form without a session keeps what was typed', async () => {
  session = admin
  expect(await action('mail-server:write', { [ACCOUNT_FIELD]: 'id-viewer' })).toBe('other-account')
  expect(await action('mail-server:write', { [ACCOUNT_FIELD]: 'id-admin' })).toMatch(/^session-admin/)
  session = null
  now.headers.set('next-action', '60ab')
  expect(await action('mail-server:write')).toBe(SIGNED_OUT)
  expect(recorded).toMatchObject([
    { action: 'access.denied', actor: { email: 'admin@contoso.example' } },
    { action: 'access.denied', actor: { kind: 'anonymous' } },
  ])
})

test('without a session an action on the way in is done, and one of a signed-in person is not', async () => {
  const refused = (_: string, __: FormData, reason: string) => reason
  const enter = entryActions<string>('anyone', refused)('sign-in.enter', async () => 'done')
  const leave = entryActions<string>('signed-in', refused)('sign-in.leave', async () => 'done')
  expect(await enter('previous', new FormData())).toBe('done')
  await expect(leave('previous', new FormData())).rejects.toMatchObject({
    digest: expect.stringContaining(';/sign-in;'),
  })
  now.headers.set('next-action', '60ab')
  expect(await leave('previous', new FormData())).toBe('signed-out')
  session = withoutFactor
  expect(await leave('previous', new FormData())).toBe('done')
})

test('an action that leads elsewhere has the frame around the page read again, and one that fails does not', async () => {
  await expect(leading(async () => redirect('/clients'))()).rejects.toMatchObject({ digest: expect.anything() })
  expect(now.refreshes).toBe(1)
  await expect(leading(() => Promise.reject(new Error('a bug')))()).rejects.toThrow('a bug')
  expect(now.refreshes).toBe(1)
})

test('A-09 an old session carries out no action that needs a fresh one until the password is right, which the action does not get', async () => {
  session = old
  const fields = (confirmPassword: string) => ({ confirmPassword, confirmCode: '123456', name: 'x' })
  expect(await action('mail-server:write', fields('right'))).toBe('session-admin,name')
  for (const [fresh, password, answer] of [
    [true, '', 'confirm'],
    [true, 'wrong', 'confirm'],
    [true, 'right', 'session-admin,name'],
    ['each-time', '', 'confirm'],
    ['each-time', 'right', 'session-admin,name'],
  ] as const) {
    session = fresh === true ? old : admin
    expect(await action('mail-server:write', fields(password), { fresh }), `${fresh} ${password}`).toBe(answer)
  }
  expect(demanded).toEqual(['subject.verb', 'subject.verb'])
  expect(now.cookies).toMatchObject(
    Array(2).fill(['postroom', 'new', { httpOnly: true, sameSite: 'lax', secure: true }]),
  )
  session = admin
  expect(await action('mail-server:write', fields(''), { fresh: true })).toBe('session-admin,name')
})

test('A-09 an old session gets no page or file that needs a fresh one', async () => {
  session = old
  const from = '/credentials?kind=secret'
  const confirm = `/confirm?next=${encodeURIComponent(from)}`
  expect(await route('credentials:read', 'GET', {}, from)).toBe(`${BASE_URL.origin}${confirm}`)
  expect(await route('credentials:read', 'POST', OURS, from)).toBe(403)
  await expect(requireFresh(old, from)).rejects.toMatchObject({ digest: expect.stringContaining(`;${confirm};`) })
  expect(demanded).toEqual(['credentials:read', 'credentials:read', from])
  session = admin
  expect(await route('credentials:read', 'GET', {}, from)).toBe('in')
  expect(await requireFresh(admin, from)).toBeUndefined()
})
