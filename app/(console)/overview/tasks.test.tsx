import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TaskList } from '@/components/tasks'
import { translatorFor } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import { aCredential } from '@/tests/support/credential'
import type { Attention, ServerFacts } from './attention'
import { tasksOf } from './tasks'

const server = {
  mailServerId: '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f',
  name: 'Finance',
  pause: null,
  failover: null,
} as unknown as ServerFacts
const pause = { at: new Date('2026-11-30T09:10:00Z'), by: 'Mail operations', code: null }

const render = (entry: Attention, role: Role, groups: FailureGroup[] = []) =>
  renderToStaticMarkup(
    <TaskList
      items={tasksOf([entry], {
        role,
        now: new Date('2026-11-30T09:30:00Z'),
        groups,
        servers: [server],
        t: translatorFor('en', 'overview'),
        messages: translatorFor('en', 'messages'),
        people: translatorFor('en', 'people'),
      })}
    />,
  )
const paused = (role: Role, names: readonly string[] = ['Scanner fleet']) =>
  render({ kind: 'paused', server, pause, warning: null, names, tone: 'warn' }, role)

test('the thing about a paused mail server resumes it, for those who may', () => {
  expect(paused('admin')).toMatch(
    /<form.*name="server" value="7c1d2e3f-[^"]+".*aria-label="Resume delivery: Delivery is paused"/,
  )
  for (const role of ['operator', 'viewer'] as const) {
    expect(paused(role)).not.toContain('<form')
    expect(paused(role)).toMatch(/href="\/mail-server\/7c1d2e3f-[^"]+"[^>]*>Open the mail server/)
  }
})

test('several mail servers that a person paused are named once, and lead to the page that resumes each', () => {
  const html = paused('admin', ['Finance', 'Scanner fleet'])
  expect(html).toContain('Delivery through two mail servers is paused')
  expect(html).toContain('Finance and Scanner fleet. New messages are still accepted and wait.')
  expect(html).toMatch(/href="\/messages"[^>]*>What to do/)
  expect(paused('admin', ['A', 'B', 'C', 'D'])).toContain('A, B, C and D. ')
  expect(paused('admin', ['A', 'B', 'C', 'D', 'E'])).toContain('A, B, C and two more. ')
})

test('a mail server that fails without a pause says what its own page says', () => {
  const failing = { kind: 'credential-refused' } as const
  const html = render({ kind: 'failing', server: { ...server, failing }, tone: 'bad' }, 'admin')
  expect(html).toContain(translatorFor('en', 'mail-server')('failing.credential-refused'))
})

test('a failed test alone is no reason to say that a mail server does not deliver', () => {
  const failing = { kind: 'test', evidenceId: 'run' } as const
  const html = render({ kind: 'failing', server: { ...server, failing }, tone: 'bad' }, 'admin')
  expect(html).toContain(`${server.name}: the last test failed`)
  expect(html).not.toContain('is not delivering')
})

test('a mail server that was resumed after its last attempt is not said not to deliver', () => {
  const failing = { kind: 'delivery', evidenceId: 'message', resumedAt: new Date(0) } as const
  const html = render({ kind: 'failing', server: { ...server, failing }, tone: 'bad' }, 'admin')
  expect(html).toContain(`${server.name}: delivery was resumed`)
  expect(html).not.toContain('is not delivering')
})

test('messages that wait for a repair are counted with their fault, and lead to the list of them', () => {
  const html = render({ kind: 'waiting', tone: 'warn', fault: { code: 'send-as-denied', count: 3 } }, 'viewer')
  expect(html).toContain('Three messages wait after a failed attempt')
  expect(html).toContain('Not allowed to send as this sender.')
  expect(html).toContain('href="/messages?view=waiting&amp;fault=send-as-denied"')
})

test('a secret without a date is named by its slot', () => {
  const undated = (slot: 'current' | 'next') =>
    render({ kind: 'undated', tone: 'warn', credential: aCredential({ slot }) }, 'admin')
  expect(undated('current')).toContain('The expiry date of Mail server’s client secret is unknown')
  expect(undated('next')).toContain('The expiry date of Mail server’s next client secret is unknown')
})

const aWarning = (expiresAt: string, daysLeft: number) =>
  ({
    credentialId: 'c',
    kind: 'client-secret',
    slot: 'current',
    holderId: server.mailServerId,
    holderName: 'Finance',
    state: 'critical',
    expiresAt: new Date(expiresAt),
    refusedAt: null,
    refusedCode: null,
    daysLeft,
    isPast: true,
    nextIsVerified: false,
    fallbackUntil: null,
  }) as const

test('a credential that Entra accepts after its date has a wrong date, and one whose date is today expires today', () => {
  const critical = (expiresAt: string, daysLeft: number) =>
    render({ kind: 'credential', tone: 'bad', warning: aWarning(expiresAt, daysLeft) }, 'admin')
  const over = critical('2026-11-27T00:00:00Z', -3)
  expect(over).toContain('Finance: the expiry date of the client secret is wrong')
  expect(over).toContain('Entra accepts it although it should have expired on Friday.')
  expect(over).toMatch(/href="\/credentials\/7c1d2e3f-[^"]+#edit"[^>]*>Enter date/)
  const today = critical('2026-11-30T00:00:00Z', 0)
  expect(today).toContain('Finance: client secret expires today')
  expect(today).toContain('Without a replacement, mail through Finance then stops.')
})

test.each(['paused', 'credential'] as const)(
  'what is to be done about a credential is no order to readers, who only open it (%s)',
  (kind) => {
    for (const [state, nextIsVerified] of [
      ['refused', false],
      ['expired', false],
      ['expired', true],
      ['critical', true],
    ] as const) {
      const warning = { ...aWarning('2026-12-03T00:00:00Z', 3), state, nextIsVerified, isPast: state === 'expired' }
      const html = render(
        { kind, tone: 'bad', server, pause: { ...pause, code: 'secret-expired' }, warning, names: [''] } as Attention,
        'viewer',
      )
      expect(html).toMatch(/href="\/credentials\/7c1d2e3f-[^"]+"[^>]*>View</)
      expect(html).not.toMatch(/\. (Replace|Add|Switch)\b/)
      if (kind === 'paused') expect(html.includes('Expiry date: ')).toBe(warning.isPast)
    }
  },
)

test('readers are led to a page, and told to test or to enter a date only if they may', () => {
  const texts = (role: Role) =>
    [
      render({ kind: 'not-verified', server, tone: 'warn' }, role),
      render({ kind: 'undated', tone: 'warn', credential: aCredential({ id: 'c' }) }, role),
      render({ kind: 'unreminded', tone: 'warn', count: 1 }, role),
    ].map((html) => /<a [^>]*href="([^"]+)"[^>]*>([^<]+)/.exec(html)?.slice(1).join(' '))
  const page = '/mail-server/7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
  expect(texts('admin')).toEqual([
    `${page} Send a test message`,
    '/credentials/c#edit Enter date',
    '/credentials/reminders#add Add a channel',
  ])
  expect(texts('viewer')).toEqual([
    `${page} Open the mail server`,
    '/credentials/c#edit View',
    '/credentials/reminders#add See the reminders',
  ])
})

test('the common cause of failures reads as a part of its sentence', () => {
  const group = {
    ...({} as FailureGroup),
    code: 'recipient-not-found',
    count: 2,
    oldestAt: new Date('2026-11-30T09:10:00Z'),
  }
  const html = render({ kind: 'failed', count: 2, tone: 'bad' }, 'admin', [group])
  expect(html).toContain('All for the same reason: the recipient does not exist.')
  expect(html).toContain('See all 2<')
})

test('of the newest thousand failures it is not said that they are all, and the page shows older ones too', () => {
  const oldestAt = new Date('2026-11-30T09:10:00Z')
  const group = { ...({} as FailureGroup), code: 'recipient-not-found', count: 1_000, oldestAt }
  const html = render({ kind: 'failed', count: 1_000, tone: 'bad' }, 'admin', [group])
  for (const said of [
    '1,000 messages or more failed',
    '1,000+ of them for the same reason',
    'See all 1,000+',
    'time=all',
  ])
    expect(html).toContain(said)
})

test('a key of a client that expires leads to a new key', () => {
  const id = '0f1e2d3c-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
  const html = render(
    {
      kind: 'credential',
      tone: 'bad',
      warning: {
        credentialId: id,
        holderId: id,
        kind: 'api-key',
        slot: 'current',
        holderName: 'Payroll',
        state: 'critical',
        daysLeft: 3,
        isPast: false,
        expiresAt: new Date('2026-12-03T23:59:59Z'),
        refusedAt: null,
        refusedCode: null,
        nextIsVerified: false,
        fallbackUntil: null,
      },
    },
    'admin',
  )
  expect(html).toContain('Payroll: API key expires on Thursday')
  expect(html).toContain('Without a new key, this client cannot send by the HTTP API after 3\u00a0Dec\u00a02026.')
  expect(html).toMatch(/href="\/clients\/0f1e2d3c-[^"]+#reset"[^>]*>Replace the key/)
})

test('a process that has stopped reporting is named with its machine, if it reports one', () => {
  const silent = (host: string, count = 1, name = 'worker') =>
    render({ kind: 'silent', pulse: { name, host, count }, tone: 'bad' }, 'admin')
  expect(silent('mail2')).toContain('“Worker (mail2)” is not responding, sends no mail')
  expect(silent('mail2', 1, 'listener')).toContain('“Listener (mail2)” is not responding and takes no mail')
  expect(silent('')).toContain('“Worker” is not responding')
  expect(silent('', 8_994)).toContain('“Worker (8,994 computers)” is not responding')
})
