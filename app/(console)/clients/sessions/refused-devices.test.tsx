import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { RefusedDevice } from '@/lib/submission/store/sessions'
import { readSessionsRequest } from './query'
import { RefusedDevices, SessionsAnswer } from './refused-devices'
import { SessionTable } from './session-table'

const NOW = new Date('2026-11-30T09:00:00Z')
const DEVICE: RefusedDevice = {
  address: '192.0.2.7',
  count: 3,
  all: 1,
  at: NOW,
  refusal: 'network-not-allowed',
  entrance: 'plain',
  login: null,
  clientOfLogin: null,
  sender: 'scan@contoso.example',
  helo: 'printer-3',
}

const html = (device: Partial<RefusedDevice>, mayAdd = true, locale: Locale = 'en') =>
  renderToStaticMarkup(
    <RefusedDevices
      devices={[{ ...DEVICE, ...device }]}
      {...{ mayAdd, now: NOW }}
      {...{ t: translatorFor(locale, 'clients'), submission: translatorFor(locale, 'submission') }}
    />,
  )

test('a device is named with the reason, what to do, and the form that adds it with what is known', () => {
  expect(html({})).toContain('192.0.2.7 (printer-3)')
  expect(html({})).toContain('address not allowed')
  expect(html({})).toContain('Add the address to the allowed networks of its client, or add a client')
  expect(html({})).toContain(
    'href="/clients/add?way=network&amp;name=printer-3&amp;senders=scan%40contoso.example&amp;networks=192.0.2.7"',
  )
  expect(html({ entrance: 'starttls', refusal: 'login-needed' })).toContain('/clients/add?way=login')
  expect(html({}, true, 'de')).toContain('Adresse nicht zugelassen')
  const over = html({ entrance: 'tls', refusal: 'learning-over' })
  expect(over).toContain('learning mode ended. Add the device as a client, or start learning mode again.')
  expect(over).toContain('/clients/add?way=login')
})

test('of more devices than are listed the rest is counted, with the way to all sessions that were rejected', () => {
  expect(html({})).not.toContain('refusal=any')
  expect(html({ all: 81 })).toMatch(
    /href="\/clients\/sessions\?refusal=any"[^>]*>80 more devices were rejected earlier/,
  )
})

test('the answer is calm only if no session was rejected, be it of a device or of a client', () => {
  const answer = (devices: number, areClientsRefused: boolean) =>
    renderToStaticMarkup(
      <SessionsAnswer {...{ devices, areClientsRefused, t: translatorFor('en', 'clients') }} />,
    ).replaceAll('\u00a0', ' ')
  expect(answer(0, false)).toMatch(/data-answer="good".*No device was rejected in the last 7 days\./)
  expect(answer(2, true)).toMatch(/data-answer="bad".*Two devices were rejected in the last 7 days\./)
  expect(answer(0, true)).toMatch(/data-answer="warn".*At least one session was rejected in the last 7 days\./)
  expect(answer(0, true)).toContain('href="/clients/sessions?refusal=any"')
})

test('what adding does not fix, and what the reader may not add, has no such button', () => {
  expect(html({ refusal: 'tls-broken-off' })).not.toContain('/clients/add')
  expect(html({}, false)).not.toContain('/clients/add')
})

test.each(['login-unencrypted', 'tls-failed', 'tls-too-old'])(
  'a device that may be unable to encrypt is added by its network: %s',
  (refusal) => {
    const text = html({ entrance: 'starttls', refusal })
    expect(text).toContain('add its network to a client without a password')
    expect(text).toContain('/clients/add?way=network')
  },
)

test('a user name that no client has is named with the form that adds one, and one that a client has leads to its password', () => {
  const wrong = { entrance: 'starttls', refusal: 'login-wrong', login: 'Copier' } as const
  expect(html(wrong)).toContain('No client has the user name Copier.')
  expect(html(wrong)).not.toContain('reset the password')
  expect(html(wrong)).toContain('/clients/add?way=login')
  expect(html(wrong, false)).not.toContain('/clients/add')
  const id = '0198b000-0000-7000-8000-000000000002'
  const known = html({ ...wrong, clientOfLogin: id }, false)
  expect(known).toContain('reset the password of the client')
  expect(known).toContain(`href="/clients/${id}"`)
  expect(html({ ...wrong, refusal: 'too-many-guesses' })).toContain('No client has the user name Copier.')
  expect(html({ refusal: 'network-not-allowed', login: 'old', clientOfLogin: id })).not.toContain(`/clients/${id}`)
})

test('what to do is said once for each reason', () => {
  const devices = ['login-wrong', 'login-needed', 'login-wrong', 'login-needed'].map((refusal, at) => ({
    ...DEVICE,
    address: `192.0.2.${at}`,
    refusal,
  }))
  const submission = translatorFor('en', 'submission')
  const text = renderToStaticMarkup(
    <RefusedDevices {...{ devices, mayAdd: true, now: NOW, t: translatorFor('en', 'clients'), submission }} />,
  )
  for (const refusal of ['login-wrong', 'login-needed'] as const)
    expect(text.split(renderToStaticMarkup(submission(`refusal.${refusal}.todo`)))).toHaveLength(2)
})

test('all but five of many devices are folded', () => {
  const devices = Array.from({ length: 7 }, (_, n) => ({ ...DEVICE, address: `192.0.2.${n}` }))
  const text = renderToStaticMarkup(
    <RefusedDevices
      devices={devices}
      {...{ mayAdd: true, now: NOW }}
      {...{ t: translatorFor('en', 'clients'), submission: translatorFor('en', 'submission') }}
    />,
  )
  const [open = '', folded = ''] = text.split('Two more devices')
  expect([open, folded].map((part) => part.match(/192\.0\.2\.\d \(/g)?.length)).toEqual([5, 2])
})

test('a session shows its messages and its refusal', () => {
  const session = {
    id: '0198b000-0000-7000-8000-000000000001',
    startedAt: NOW,
    durationMs: 1_240,
    entrance: 'tls' as const,
    address: '192.0.2.7',
    helo: null,
    login: 'scan-1a2b',
    clientId: null,
    tls: 'TLSv1.3',
    sender: null,
    accepted: 2,
    refusal: 'too-large' as const,
    stages: [],
  }
  const table = renderToStaticMarkup(
    <SessionTable sessions={[session]} names={new Map()} now={NOW} t={translatorFor('en', 'clients')} />,
  )
  for (const part of ['2 messages', 'Rejected', 'message too large', '1.2\u00a0s', 'scan-1a2b'])
    expect(table).toContain(part)
})

test('unknown values of the address are ignored', () => {
  const request = readSessionsRequest(
    { time: 'year', client: 'x', refusal: 'no such', before: '1', text: ' ::1 ' },
    NOW,
  )
  expect(request).toMatchObject({ time: 'week', client: '', refusal: '', before: null, filter: { text: '::1' } })
  // Only the HTTP API gives it, so no session has it.
  expect(readSessionsRequest({ refusal: 'body-invalid' }, NOW)).toMatchObject({ refusal: '' })
})
