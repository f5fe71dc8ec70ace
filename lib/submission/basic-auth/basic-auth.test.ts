import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { systemClock } from '../../kernel/clock'
import { newOrderedId } from '../../kernel/ids'
import { createBasicAuth } from '.'
import { progressOf } from './progress'
import { fileText, readReport } from './report'

const { database } = databaseOfEach()

test.each([
  [
    'the export in English',
    'Sender address,Domain,TLS 1.0,TLS 1.1,TLS 1.2,Messages sent\nScanner@contoso.example,contoso.example,0%,0%,100%,"1,204"\n',
    1204,
  ],
  [
    'the export in German',
    'Absenderadresse;Domäne;TLS 1.2;Gesendete Nachrichten\r\nscanner@contoso.example;contoso.example;100 %;1.204\r\n',
    1204,
  ],
  ['a pasted table', 'Sender address\tMessages sent\nscanner@contoso.example\t1204\nTotal\t1204\n', 1204],
  [
    'lines of the same sender',
    '\ufeffSender address,Messages sent\nscanner@contoso.example,4\nSCANNER@contoso.example,6\n',
    10,
  ],
])('a report is read: %s', (_, text, messages) => {
  const read = readReport(text)
  expect(read).toMatchObject({
    ok: true,
    value: { kind: 'smtp-auth-clients', senders: [{ address: 'scanner@contoso.example', messages, setting: null }] },
  })
})

test.each(['utf8', 'utf16le'] as const)('a file in %s is read', (encoding) => {
  const text = '\ufeffAbsenderadresse;Domäne;Nachrichten\r\nscanner@contoso.example;contoso.example;1\r\n'
  expect(readReport(fileText(Buffer.from(text, encoding)))).toMatchObject({
    ok: true,
    value: { senders: [{}], skipped: 0 },
  })
})

test('the output of the script also says how each mailbox is set and when it was last used', () => {
  const text =
    '"Mailbox","Setting","Messages","FirstUse","LastUse"\n"a@contoso.example","Inherits","0","",""\n"b@contoso.example","enabled","3","2026-11-02T08:00:00Z","2026-11-20T08:00:00Z"\n'
  expect(readReport(text)).toMatchObject({
    ok: true,
    value: {
      kind: 'script',
      senders: [
        { address: 'a@contoso.example', setting: 'inherits', messages: 0, lastUse: null },
        {
          address: 'b@contoso.example',
          setting: 'enabled',
          messages: 3,
          firstUse: '2026-11-02',
          lastUse: '2026-11-20',
        },
      ],
    },
  })
})

test.each(['2026-02-30', '0000-01-01', '9999-99-99'])(
  'of %j, which no database takes for a day, a report says nothing',
  (day) => {
    const read = readReport(`Mailbox,Setting,Messages,FirstUse,LastUse\na@contoso.example,enabled,3,${day},${day}\n`)
    expect(read).toMatchObject({ value: { senders: [{ firstUse: null, lastUse: null }] } })
  },
)

test.each([
  ['', 'empty'],
  ['Name,Count\na,1\n', 'no-sender-column'],
  // Without it, every sender would seem to use no password.
  ['Mailbox,Mail sent\na@contoso.example,1\n', 'no-message-column'],
  ['x'.repeat(5_000_001), 'too-large'],
  ['Sender address\n"unended', 'no-table'],
])('what is no report is refused', (text, fault) => {
  expect(readReport(text)).toEqual({ ok: false, error: fault })
})

const used = (from: string, until: string, lastUse: string | null = null) => ({ from, until, messages: 1, lastUse })
test.each([
  ['no report shows it', null, null, null, 'unused'],
  ['no client', used('2026-11-01', '2026-11-07'), null, { from: '2026-11-01', until: '2026-11-07' }, 'open'],
  [
    'its client has not sent',
    used('2026-11-01', '2026-11-07'),
    { firstMessage: null },
    { from: '2026-11-01', until: '2026-11-07' },
    'linked',
  ],
  [
    'no later report',
    used('2026-11-01', '2026-11-07'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-01', until: '2026-11-07' },
    'unconfirmed',
  ],
  [
    'a report that began before',
    used('2026-11-08', '2026-11-14'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-08', until: '2026-11-14' },
    'unconfirmed',
  ],
  [
    'a later report shows it',
    used('2026-11-11', '2026-11-17'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-11', until: '2026-11-17' },
    'both',
  ],
  [
    'the script says when',
    used('2026-11-08', '2026-11-14', '2026-11-12'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-08', until: '2026-11-14' },
    'both',
  ],
  [
    'a later report does not show it',
    used('2026-11-01', '2026-11-07'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-11', until: '2026-11-17' },
    'moved',
  ],
] as const)('only traffic decides how far a sender has moved: %s', (_, lastSeen, client, newest, progress) => {
  expect(progressOf({ lastSeen, client }, newest)).toBe(progress)
})

test('a sender is ticked off when its client sends and a later report does not show it', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const progress = async () => (await basicAuth.list()).senders.map((sender) => [sender.address, sender.progress])
  const report = (from: string, until: string, ...senders: string[]) =>
    basicAuth.addReport(caller, {
      from,
      until,
      text: ['Sender address,Messages sent', ...senders.map((each) => `${each},5`)].join('\n'),
    })
  const [scanner, shop] = ['scanner@contoso.example', 'shop@contoso.example']
  expect((await report('2026-10-01', '2026-10-31', scanner, shop)).ok).toBe(true)
  expect(await progress()).toEqual([
    [scanner, 'open'],
    [shop, 'open'],
  ])
  const client = { id: '00000000-0000-4000-8000-00000000000c', way: 'network', kind: 'printer', name: 'Scanner' }
  await db.client.create({
    data: { ...client, senders: [scanner], networks: ['192.0.2.0/24'], createdBy: 'test', createdAt: new Date() },
  })
  expect(await basicAuth.link(caller, { address: scanner, clientId: client.id })).toBe(true)
  expect(await progress()).toEqual([
    [scanner, 'linked'],
    [shop, 'open'],
  ])
  const at = new Date('2026-11-05T09:00:00Z')
  await db.message.create({
    data: {
      ...{
        id: newOrderedId(at),
        mailServerId: client.id,
        source: 'smtp',
        clientId: client.id,
        subject: '',
        messageId: '<1@x>',
      },
      ...{ sizeBytes: 1, needsUtf8: false, acceptedAt: at, dueAt: at, expiresAt: at, state: 'delivered' },
    },
  })
  expect(await progress()).toEqual([
    [scanner, 'unconfirmed'],
    [shop, 'open'],
  ])
  await report('2026-11-06', '2026-11-20', shop)
  expect(await progress()).toEqual([
    [scanner, 'moved'],
    [shop, 'open'],
  ])
  await report('2026-11-10', '2026-11-21', scanner)
  expect(await progress()).toEqual([
    [scanner, 'both'],
    [shop, 'open'],
  ])
  expect(await basicAuth.link(caller, { address: 'nobody@contoso.example', clientId: null })).toBe(false)
  for (const [from, until] of [
    ['2026-11-10', '2026-11-01'],
    ['2026-02-30', '2026-03-10'],
  ] as const)
    expect(await basicAuth.addReport(caller, { from, until, text: 'x' })).toEqual({ ok: false, error: 'period' })
  const actions = await db.auditEvent.findMany({ orderBy: { sequence: 'asc' }, select: { action: true } })
  expect(actions.map(({ action }) => action)).toEqual([
    'basic-auth.report',
    'basic-auth.link',
    'basic-auth.report',
    'basic-auth.report',
  ])
})
