import { NextRequest } from 'next/server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pathPattern, setKnownActions, setRefusalHandler } from '@/lib/access/handlers'
import { FORM_BYTES_MAX, STATUS_OF } from '@/lib/access/request-refusal'
import { proxy } from '@/proxy'

const BASE_URL = 'https://postroom.contoso.example'
beforeAll(() => vi.stubEnv('POSTROOM_BASE_URL', BASE_URL))
afterAll(() => vi.unstubAllEnvs())

const ours = { host: 'postroom.contoso.example', origin: BASE_URL, 'content-type': 'application/x-www-form-urlencoded' }

const refusals: string[] = []
beforeAll(() =>
  setRefusalHandler(async (_, path, why) => {
    refusals.push(`${path} ${why}`)
    return 'No.'
  }),
)

/** The status of the answer and the recorded refusals. `passes` means that the request reaches the pages. */
async function sent(path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { method = 'POST', headers = {}, body = method === 'POST' ? 'a=1' : null } = init
  const answer = await proxy(new NextRequest(`${BASE_URL}${path}`, { method, headers: { ...ours, ...headers }, body }))
  const recorded = refusals.splice(0)
  return answer.headers.has('x-middleware-next') ? ['passes', ...recorded] : [answer.status, ...recorded]
}
const refused = (path: string, why: keyof typeof STATUS_OF) => [STATUS_OF[why], `${path} ${why}`]
const passes = ['passes']

test.each([
  ['a foreign Origin', { origin: 'https://attacker.example' }, 'origin-foreign'],
  ['Origin null', { origin: 'null' }, 'origin-foreign'],
  ['no Origin', { origin: '' }, 'origin-missing'],
  ['another site', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
  ['no form', { 'content-type': 'text/plain' }, 'content-type'],
  ['a length beyond the limit', { 'content-length': String(FORM_BYTES_MAX + 1) }, 'too-large'],
] as const)(
  'W-04 W-03 a post with %s reaches no action, whether a form or a script sent it',
  async (_, headers, why) => {
    expect(await sent('/mail-server?x=1', { headers })).toEqual(refused('/mail-server', why))
    expect(await sent('/sign-in', { headers: { ...headers, 'next-action': '60ab' } })).toEqual(refused('/sign-in', why))
  },
)

test('a script gets the sentence about its refused post in a form that the page can show', async () => {
  const headers = { ...ours, origin: 'http://postroom.contoso.example', 'next-action': '60ab' }
  const answer = await proxy(new NextRequest(`${BASE_URL}/sign-in`, { method: 'POST', headers, body: 'a=1' }))
  expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain', 'refused: No.\n'])
  expect(refusals.splice(0)).toEqual(['/sign-in origin-foreign'])
})

const TOKEN = `${'Canary-_'.repeat(5)}abc`

test.each([
  ['/calendar/canary.ics', '/calendar/…'],
  [`/calendar/${TOKEN}x/y`, '/calendar/…'],
  [`/calender/${TOKEN}.ics`, '/calender/….ics'],
  [`/Calendar/x${TOKEN}.ics/`, '/Calendar/….ics/'],
  [`/credentials/calendar%2F${TOKEN}`, '/credentials/calendar%…'],
  ['/messages/00000000-0000-4000-8000-000000000001', '/messages/00000000-0000-4000-8000-000000000001'],
])('S-01 a refused post to %s, if it contains a secret, records %s', async (path, recorded) => {
  expect(await sent(path, { headers: { origin: '' } })).toEqual(refused(recorded, 'origin-missing'))
})

test('W-03 a body beyond the limit is refused even if no length was declared', async () => {
  expect(await sent('/mail-server', { body: `a=${'x'.repeat(FORM_BYTES_MAX)}` })).toEqual(
    refused('/mail-server', 'too-large'),
  )
})

test('W-03 arguments that do not decode are refused', async () => {
  expect(await sent('/account', { body: '0=[-', headers: { 'next-action': '60ab' } })).toEqual(
    refused('/account', 'malformed'),
  )
  expect(await sent('/account', { body: '0=["$K1"]', headers: { 'next-action': '60ab' } })).toEqual(passes)
})

test('W-02 an action that this build, or this page, does not have is refused however it is called, and one that it has passes', async () => {
  setKnownActions(
    new Map([['60ab', ['app/(console)/account/page', 'app/(console)/help/[code]/page'].map(pathPattern)]]),
  )
  const state = { $ACTION_REF_1: '', '$ACTION_1:0': '{"id":"60ac","bound":"$@1"}', '$ACTION_1:1': '[]' }
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  try {
    for (const body of [form({ $ACTION_ID_60ac: '' }), form(state)])
      expect(await sent('/account', { body })).toEqual(refused('/account', 'unknown-action'))
    const unknownAction = { body: '0=["$K1"]', headers: { 'next-action': '60ac' } }
    expect(await sent('/account', unknownAction)).toEqual(refused('/account', 'unknown-action'))
    expect(await sent('/account', { ...unknownAction, headers: { 'next-action': '60ab' } })).toEqual(passes)
    expect(await sent('/account', { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(passes)
    expect(await sent('/help/secret-expired', { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(passes)
    const known = { ...unknownAction, headers: { 'next-action': '60ab' } }
    for (const path of ['/help', '/help/a/b', '/account/notice', '/xaccount', '/']) {
      expect(await sent(path, known)).toEqual(refused(path, 'unknown-action'))
      expect(await sent(path, { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(refused(path, 'unknown-action'))
    }
  } finally {
    setKnownActions(null)
  }
})

test('posts from our own pages and all reading requests pass', async () => {
  expect(await sent('/mail-server')).toEqual(passes)
  expect(await sent('/mail-server', { method: 'GET', headers: { origin: 'https://attacker.example' } })).toEqual(passes)
})

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  expect(await sent('/mail-server', { method })).toEqual([405])
})
