import { NextRequest } from 'next/server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pathPattern, setKnownActions } from '@/lib/access/known-actions'
import { setRefusalHandler } from '@/lib/access/refusal-handler'
import { FORM_BYTES_MAX, STATUS_OF } from '@/lib/access/request-refusal'
import { proxy } from '@/proxy'

const OWN = 'https://postroom.contoso.example'
beforeAll(() => vi.stubEnv('POSTROOM_BASE_URL', OWN))
afterAll(() => vi.unstubAllEnvs())

const ours = { host: 'postroom.contoso.example', origin: OWN, 'content-type': 'application/x-www-form-urlencoded' }

const kept: string[] = []
beforeAll(() =>
  setRefusalHandler(async (_, path, why) => {
    kept.push(`${path} ${why}`)
    return 'No.'
  }),
)

/** How a request is answered, and what the audit was told. `goes on`: the pages see it. */
async function led(path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { method = 'POST', headers = {}, body = method === 'POST' ? 'a=1' : null } = init
  const answer = await proxy(new NextRequest(`${OWN}${path}`, { method, headers: { ...ours, ...headers }, body }))
  const told = kept.splice(0)
  return answer.headers.has('x-middleware-next') ? ['goes on', ...told] : [answer.status, ...told]
}
const refused = (path: string, why: keyof typeof STATUS_OF) => [STATUS_OF[why], `${path} ${why}`]
const goesOn = ['goes on']

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
    expect(await led('/mail-server?x=1', { headers })).toEqual(refused('/mail-server', why))
    expect(await led('/sign-in', { headers: { ...headers, 'next-action': '60ab' } })).toEqual(refused('/sign-in', why))
  },
)

test('W-03 a body beyond the limit is refused though its length was not told', async () => {
  expect(await led('/mail-server', { body: `a=${'x'.repeat(FORM_BYTES_MAX)}` })).toEqual(
    refused('/mail-server', 'too-large'),
  )
})

test('W-03 arguments that do not decode are refused', async () => {
  expect(await led('/account', { body: '0=[-', headers: { 'next-action': '60ab' } })).toEqual(
    refused('/account', 'malformed'),
  )
  expect(await led('/account', { body: '0=["$K1"]', headers: { 'next-action': '60ab' } })).toEqual(goesOn)
})

test('W-02 an action that this build, or this page, does not have is refused by every way of asking, and one that it has goes on', async () => {
  setKnownActions(
    new Map([['60ab', ['app/(console)/account/page', 'app/(console)/help/[code]/page'].map(pathPattern)]]),
  )
  const state = { $ACTION_REF_1: '', '$ACTION_1:0': '{"id":"60ac","bound":"$@1"}', '$ACTION_1:1': '[]' }
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  try {
    for (const body of [form({ $ACTION_ID_60ac: '' }), form(state)])
      expect(await led('/account', { body })).toEqual(refused('/account', 'unknown-action'))
    const asked = { body: '0=["$K1"]', headers: { 'next-action': '60ac' } }
    expect(await led('/account', asked)).toEqual(refused('/account', 'unknown-action'))
    expect(await led('/account', { ...asked, headers: { 'next-action': '60ab' } })).toEqual(goesOn)
    expect(await led('/account', { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(goesOn)
    expect(await led('/help/secret-expired', { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(goesOn)
    const known = { ...asked, headers: { 'next-action': '60ab' } }
    for (const path of ['/help', '/help/a/b', '/account/notice', '/xaccount', '/']) {
      expect(await led(path, known)).toEqual(refused(path, 'unknown-action'))
      expect(await led(path, { body: form({ $ACTION_ID_60ab: '' }) })).toEqual(refused(path, 'unknown-action'))
    }
  } finally {
    setKnownActions(null)
  }
})

test('our own posts and all reading go on', async () => {
  expect(await led('/mail-server')).toEqual(goesOn)
  expect(await led('/mail-server', { method: 'GET', headers: { origin: 'https://attacker.example' } })).toEqual(goesOn)
})

test('the test’s route answers for itself', async () => {
  expect(await led('/mail-server/test', { headers: { origin: 'null' } })).toEqual(goesOn)
})

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is not answered', async (method) => {
  expect(await led('/mail-server', { method })).toEqual([405])
})
