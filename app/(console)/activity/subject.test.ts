import { expect, test } from 'vitest'
import type { AuditRow } from '@/lib/audit'
import { translatorFor } from '@/lib/i18n/translations'
import { knownNames, subjectHref, subjectsIn, subjectText, titlesOf } from './subject'

const ANNA = 'op-anna'
const row = (change: Partial<AuditRow>): AuditRow => ({
  sequence: 1n,
  at: new Date('2027-03-01T00:00:00Z'),
  action: 'operator.disable',
  actorKind: 'operator',
  actorId: 'op-admin',
  actorName: 'admin@contoso.example',
  address: null,
  requestId: 'req-1',
  result: 'done',
  subject: null,
  details: {},
  previousHash: '',
  hash: '',
  keyId: null,
  ...change,
})
const textOf = (of: AuditRow, operators: { id: string; email: string }[] = [], page: AuditRow[] = []) =>
  subjectText(
    of,
    knownNames({ operators, servers: [], clients: new Map() }, [of, ...page]),
    new Map(),
    translatorFor('en', 'activity'),
  )

test('an operator is named by the address of the account, not by an id', () => {
  const of = row({ subject: `operator:${ANNA}`, details: { email: 'old@contoso.example' } })
  expect(textOf(of, [{ id: ANNA, email: 'anna@contoso.example' }])).toBe('Account anna@contoso.example')
})

test('a removed account is named by what its rows mention', () => {
  const removed = row({ subject: `operator:${ANNA}`, details: { email: 'anna@contoso.example' } })
  expect(textOf(removed)).toBe('Account anna@contoso.example')
  const bare = row({ subject: `operator:${ANNA}` })
  expect(textOf(bare, [], [removed])).toBe('Account anna@contoso.example')
  expect(textOf(row({ ...bare, actorId: ANNA, actorName: 'anna@contoso.example' }))).toBe(
    'Account anna@contoso.example',
  )
  expect(textOf(bare)).toBe(`Account ${ANNA}`)
})

test('an action by another actor or the command line does not name the operator', () => {
  const of = row({ subject: `operator:${ANNA}` })
  expect(textOf(of, [], [row({ actorKind: 'command-line', actorId: ANNA, actorName: 'root' })])).toBe(`Account ${ANNA}`)
})

test.each([
  ['channel:0b1c', 'Channel Postmasters'],
  ['client:0b1c', 'Client Postmasters'],
])('%s is named by what its rows mention', (subject, text) => {
  const created = row({ subject, details: { name: 'Postmasters' } })
  expect(textOf(row({ subject }), [], [created])).toBe(text)
})

test('a client that a sender is linked to is named by that entry', () => {
  expect(textOf(row({ subject: 'client:0b1c', details: { client: 'Copier' } }))).toBe('Client Copier')
})

test('a client whose key a reminder was about has its own name, and not that of the channel', () => {
  const of = row({ action: 'reminder.send', subject: 'client:0b1c', details: { name: 'Postmasters', channel: '7' } })
  const named = (clients: ReadonlyMap<string, string>) =>
    subjectText(
      of,
      knownNames({ operators: [], servers: [], clients }, [of]),
      new Map(),
      translatorFor('en', 'activity'),
    )
  expect(named(new Map([['0b1c', 'Copier']]))).toBe('Client Copier')
  expect(named(new Map())).toBe('Client 0b1c')
})

test('a mail server is named as everywhere, also if there is only one, and a removed one keeps the name in its rows', () => {
  const [first, second] = [
    { id: '01', name: 'Main' },
    { id: '02', name: 'Spare' },
  ]
  const text = (of: AuditRow, servers: { id: string; name: string }[], page: AuditRow[] = []) =>
    subjectText(
      of,
      knownNames({ operators: [], servers, clients: new Map() }, [of, ...page]),
      new Map(),
      translatorFor('en', 'activity'),
    )
  const of = row({ subject: 'mail-server:02' })
  expect(text(of, [second])).toBe('Mail server Spare')
  expect(text(of, [first, second])).toBe('Mail server Spare')
  expect(text(of, [first], [row({ subject: 'mail-server:02', details: { name: 'Old' } })])).toBe('Mail server Old')
  // A replacement is known by its mail server.
  expect(text(row({ subject: 'rotation:07', details: { mailServer: '02' } }), [first, second])).toBe(
    'Replacement Spare',
  )
})

test.each([
  ['mail-server:default', 'Mail server'],
  ['mail-server:0b1c', 'Mail server 0b1c'],
  ['basic-auth-report:0b1c', 'Report of password sign-ins'],
  ['keys', 'Sealing keys'],
  ['watch:credentials', 'Reminder settings'],
  ['retention:messages', 'Message retention'],
  ['organisation', 'Organisation'],
  ['relay:7', 'relay:7'],
  [null, ''],
])('the subject %s is textOf as %s', (subject, text) => {
  expect(textOf(row({ subject }))).toBe(text)
})

const SENDER = 'sender:anna+news@contoso.example'
test.each([
  ['a sender leads to its page', SENDER, {}, ['01'], '/senders/anna%2Bnews%40contoso.example'],
  ['also where there is one server', SENDER, { server: '01' }, ['01'], '/senders/anna%2Bnews%40contoso.example'],
  [
    'of several servers to its own',
    SENDER,
    { server: '02' },
    ['01', '02'],
    '/senders/anna%2Bnews%40contoso.example?server=02',
  ],
  ['not to another server than its own', SENDER, { server: '03' }, ['01', '02'], null],
  ['nowhere without a mail server', SENDER, {}, [], null],
  ['the one mail server', 'mail-server:01', {}, ['01'], '/mail-server'],
  ['it, from the time of one', 'mail-server:default', {}, ['01'], '/mail-server'],
  ['one of several', 'mail-server:02', {}, ['01', '02'], '/mail-server/02'],
  ['one that is removed', 'mail-server:03', {}, ['01', '02'], null],
  ['a message', 'message:0b1c', {}, [], '/messages/0b1c'],
  ['one whose time has run out', 'message:0b1d', {}, [], null],
  ['how long messages are kept', 'retention:messages', {}, [], '/messages/retention'],
  ['the days of reminders', 'watch:credentials', {}, [], '/credentials/reminders'],
  ['a channel of reminders', 'channel:0b1c', {}, [], '/credentials/reminders'],
  ['a credential', 'credential:0b1c', {}, [], '/credentials/0b1c'],
  ['one that is removed', 'credential:0b1d', {}, [], null],
  ['the replacement of one', 'rotation:7', { mailServer: '01' }, ['01', '02'], '/credentials/01'],
  ['of a mail server that has none any more', 'rotation:7', { mailServer: '02' }, ['01', '02'], null],
  ['a report of password sign-ins', 'basic-auth-report:0b1c', {}, [], '/clients/basic-authentication'],
  ['the rules', 'policy', {}, [], '/policy'],
  ['an operator', `operator:${ANNA}`, {}, [], `/system/operators/${ANNA}`],
  ['an operator who is removed', 'operator:op-gone', {}, [], null],
  ['what has no page', 'keys', {}, [], null],
  ['nothing', null, {}, [], null],
] as const)('where the subject leads: %s', (_, subject, details, servers, href) => {
  const there = { servers, credentials: ['0b1c', '01'], messages: ['0b1c'], operators: [ANNA] }
  expect(subjectHref({ subject, details }, there)).toBe(href)
})

const about = (subject: string | null, details = {}) => ({ subject, details })
const named = [
  ...[
    about('credential:01'),
    about('credential:02'),
    about('credential:01'),
    about('credential:03', { kind: 'certificate' }),
  ],
  // The entry of a sent reminder has the kind of its channel.
  ...[
    about('credential:03', { kind: 'mail', channel: '10' }),
    about('credential:11', { kind: 'webhook', channel: '10' }),
  ],
  ...[about('alert:04'), about('alert:05'), about('client:06', { kind: 'certificate' }), about(null)],
  ...[about('message:12'), about('message:13'), about('message:12')],
  ...[about('rotation:07', { mailServer: '08' }), about('rotation:09', { mailServer: '08' })],
]
const day = (number: number) => new Date(Date.UTC(2027, 2, number))
const credential = (id: string, removedAt: Date | null) =>
  ({
    id,
    kind: 'client-secret',
    slot: 'previous',
    firstUsedAt: day(2),
    currentSince: day(2),
    replacedAt: day(4),
    removedAt,
    mailServer: { id: '08', name: 'Finance' },
  }) as const

test('credentials, alerts and messages are called what people call them, also removed and discarded ones and those of reminders', () => {
  expect(subjectsIn(named)).toEqual({
    credentials: ['01', '02', '03', '11', '08'],
    alerts: ['04', '05'],
    messages: ['12', '13'],
    clients: ['06'],
    operators: [],
  })
  const known = {
    credentials: [credential('01', null), credential('02', day(6))],
    alerts: [{ id: '04', kind: 'client-silent', details: { client: 'Scanner', lastAt: null } } as const],
    messages: [
      { id: '12', subject: 'Invoice 7' },
      { id: '13', subject: '' },
    ],
  }
  const titles = [...titlesOf(named, known, 'en')].map(([subject, title]) => [subject, title(day(7))])
  expect(Object.fromEntries(titles)).toEqual({
    'credential:01': 'Client secret of Finance (previous)',
    'credential:02': 'Client secret of Finance (removed)',
    'credential:03': 'Certificate',
    'alert:04': 'Alert: Scanner has stopped sending',
    'message:12': 'Message: Invoice 7',
    'message:13': 'Message: (no subject)',
  })
  expect(titlesOf(named, known, 'de').get('credential:02')?.(day(7))).toBe('Clientgeheimnis von Finance (entfernt)')
})

test('a credential is called what it was when the entry was written, and by kind and mail server where that is not known', () => {
  const returned = { ...credential('02', null), currentSince: day(6), replacedAt: null }
  const titles = titlesOf(named, { credentials: [credential('01', day(6)), returned], alerts: [], messages: [] }, 'en')
  const at = (id: string) => [1, 3, 5, 7].map((number) => titles.get(`credential:${id}`)?.(day(number)))
  const of = 'Client secret of Finance'
  expect(at('01')).toEqual([`${of} (next)`, `${of} (current)`, `${of} (previous)`, `${of} (removed)`])
  expect(at('02')).toEqual([`${of} (next)`, of, of, `${of} (current)`])
})

test.each([
  ['alerts:settings', 'Alert settings'],
  ['weekly:report', 'Weekly report'],
])('what exists once is named by its kind alone: %s', (subject, text) => {
  expect(textOf(row({ subject }))).toBe(text)
})
