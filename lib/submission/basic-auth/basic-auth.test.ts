import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { processorMs } from '../../../tests/support/processor-time'
import { createAuditLog } from '../../audit'
import { translatorFor } from '../../i18n/translations'
import { DAY_MS, dayText, fail, newId, newOrderedId, ok, systemClock } from '../../kernel'
import { NO_FIELDS } from '../client'
import { createClients } from '../clients'
import { noteFirstMessages } from '../store/clients'
import { createBasicAuth } from '.'
import { fileText, readReport } from './report'

const database = databaseOfEach()
const CLIENT = '00000000-0000-4000-8000-00000000000c'

/** A message of the client, accepted then. */
const sent = (at: Date) =>
  database.db.message.create({
    data: {
      id: newOrderedId(at),
      mailServerId: CLIENT,
      source: 'smtp',
      clientId: CLIENT,
      subject: '',
      messageId: '<1@x>',
      sizeBytes: 1,
      needsUtf8: false,
      acceptedAt: at,
      dueAt: at,
      expiresAt: at,
      state: 'delivered',
    },
  })

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
  [
    'a file with a line for Excel',
    '\ufeffsep=;\r\nAbsenderadresse;Gesendete Nachrichten\r\nscanner@contoso.example;1.204\r\n',
    1204,
  ],
  [
    'a text with a mark in front of a heading in quotation marks',
    '\ufeff"Mailbox","Messages sent"\r\n"scanner@contoso.example","1204"\r\n',
    1204,
  ],
  [
    'a file of Windows PowerShell, with the type in front',
    '#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"Sender address","Messages sent"\r\n"scanner@contoso.example","1204"\r\n',
    1204,
  ],
  [
    'numbers with decimals, as a spreadsheet saves them',
    'Absenderadresse;Gesendete Nachrichten\r\nscanner@contoso.example;1.200,00\r\nscanner@contoso.example;4,0\r\n',
    1204,
  ],
  [
    'a heading that ends with CRLF, and lines with LF',
    'Sender address,Messages sent\r\nscanner@contoso.example,4\nscanner@contoso.example,6\n',
    10,
  ],
  [
    'a heading that ends with LF, and lines with CRLF',
    'Sender address,Messages sent\nscanner@contoso.example,4\r\nscanner@contoso.example,6\r\n',
    10,
  ],
  [
    'numbers as in Switzerland, with either apostrophe',
    "Absenderadresse;Gesendete Nachrichten\r\nscanner@contoso.example;1’200\r\nscanner@contoso.example;1'204.00\r\n",
    2404,
  ],
  ['a pasted table', 'Sender address\tMessages sent\nscanner@contoso.example\t1204\nTotal\t1204\n', 1204],
  [
    'lines of the same sender',
    '\ufeffSender address,Messages sent\nscanner@contoso.example,4\nSCANNER@contoso.example,6\n',
    10,
  ],
  [
    'senders that use OAuth 2.0 are left out',
    'Sender address,Authentication Protocol,Messages sent\nscanner@contoso.example,Basic auth,4\nnoreply@contoso.example,OAuth,6\nscanner@contoso.example,"Basic auth, OAuth",5\n',
    9,
  ],
  [
    'senders that use OAuth 2.0 are left out, in German',
    'Absender;Authentifizierungsprotokoll;Nachrichten\nscanner@contoso.example;Standardauthentifizierung;4\nnoreply@contoso.example;OAuth;6\nscanner@contoso.example;Standardauthentifizierung, OAuth;5\n',
    9,
  ],
  ['a heading with a semicolon in it', 'Sender address,Messages; sent\nscanner@contoso.example,4\n', 4],
  [
    'names with quotation marks, doubled or not, separators and a line end in them',
    'Sender name,Sender address,Messages sent\n"Scanner ""A"", 3rd\nfloor",scanner@contoso.example,"4"\nScanner "B",scanner@contoso.example,6\n',
    10,
  ],
  [
    'lines that are shorter or longer than the heading',
    'Sender,Messages,Domain\nscanner@contoso.example,4\nscanner@contoso.example,6,x,\n',
    10,
  ],
  ...['PrimarySmtpAddress', 'User principal name', 'UserPrincipalName', 'User', 'Benutzername', 'Absender'].map(
    (heading) => [`a list by ${heading}`, `${heading},Message count\nscanner@contoso.example,4\n`, 4] as const,
  ),
  ['a list with counts', 'Mailbox,Count\nscanner@contoso.example,4\n', 4],
] as const)('a report is read: %s', async (_, text, messages) => {
  const read = await readReport(text)
  expect(read).toMatchObject({
    ok: true,
    value: { kind: 'smtp-auth-clients', senders: [{ address: 'scanner@contoso.example', messages, setting: null }] },
  })
})

test.each([
  ['utf8', '\ufeff'],
  ['utf16le', '\ufeff'],
  ['utf16be', '\ufeff'],
  ['utf8', ''],
  ['utf16le', ''],
  ['utf16be', ''],
] as const)('a file in %s with the mark %j at its start is read', async (encoding, mark) => {
  const text = `${mark}Absenderadresse;Domäne;Nachrichten\r\nscanner@contoso.example;contoso.example;1\r\n`
  const bytes = encoding === 'utf16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, encoding)
  expect(await readReport(fileText(bytes))).toMatchObject({
    ok: true,
    value: { senders: [{}], skipped: 0 },
  })
})

test('the output of the script also says how each mailbox is set and when it was last used', async () => {
  const text =
    '"Mailbox","Setting","Messages","FirstUse","LastUse"\n"a@contoso.example","Inherits","0","",""\n"b@contoso.example","enabled","3","2026-11-02T08:00:00Z","2026-11-20T08:00:00Z"\n'
  expect(await readReport(text)).toMatchObject({
    ok: true,
    value: {
      kind: 'script',
      senders: [
        { address: 'a@contoso.example', setting: 'inherits', messages: 0, lastUse: null },
        {
          address: 'b@contoso.example',
          setting: 'enabled',
          messages: 3,
          lastUse: '2026-11-20',
        },
      ],
    },
  })
})

test('a second line of a mailbox that names no setting leaves that of its first line', async () => {
  const lines = ['Mailbox,Setting,Messages', 'a@contoso.example,disabled,1', 'a@contoso.example,,2', '']
  expect(await readReport(lines.join('\n'))).toMatchObject({
    value: { senders: [{ setting: 'disabled', messages: 3 }] },
  })
})

test.each(['2026-02-30', '0000-01-01', '9999-99-99'])(
  'of %j, which no database takes for a day, a report says nothing',
  async (day) => {
    const read = await readReport(
      `Mailbox,Setting,Messages,FirstUse,LastUse\na@contoso.example,enabled,3,${day},${day}\n`,
    )
    expect(read).toMatchObject({ value: { senders: [{ lastUse: null }], undated: 1 } })
  },
)

test.each([
  ['a German spreadsheet', ['26.11.2026 14:03', '5.11.2026', ''], ['2026-11-26', '2026-11-05', null], 0],
  ['an American one', ['11/5/2026', '11/26/2026 2:03 PM'], ['2026-11-05', '2026-11-26'], 0],
  ['a German one, early in the month', ['5.11.2026'], ['2026-11-05'], 0],
  ['a British one', ['05/11/2026', '26/11/2026 14:03'], ['2026-11-05', '2026-11-26'], 0],
  ['a Japanese one', ['2026/11/5 14:03'], ['2026-11-05'], 0],
  ['one that nothing is known of', ['05/11/2026', '11/11/2026'], [null, '2026-11-11'], 1],
  ['two', ['26/11/2026', '11/26/2026', '05/11/2026'], ['2026-11-26', '2026-11-26', null], 1],
  ['one with short years', ['26.11.26', '26/11/20261'], [null, null], 2],
])(
  'the last uses as %s writes them are read if they are clear, and those that are not are counted',
  async (_, texts, days, undated) => {
    const lines = texts.map((text, at) => `a${at}@contoso.example;enabled;3;;${text}\n`)
    const read = await readReport(`Mailbox;Setting;Messages;FirstUse;LastUse\n${lines.join('')}`)
    expect(read).toMatchObject({ value: { senders: days.map((lastUse) => ({ lastUse })), undated } })
  },
)

test.each(['Last used', 'Last Use (UTC)', 'last_sign-in', 'Last seen', 'Letzte Verwendung', 'Zuletzt verwendet'])(
  'a column “%s” that people gave a table says the last use, and one that says something else does not',
  async (heading) => {
    const headings = `Sender;Last name;Letzte Änderung;Zuletzt geändert;${heading};Messages`
    const read = await readReport(`${headings}\na@contoso.example;2026-01-01;2026-01-01;2026-01-01;2026-11-26;3`)
    expect(read).toMatchObject({ value: { senders: [{ messages: 3, lastUse: '2026-11-26' }], undated: 0 } })
  },
)

test('of several lines of a sender the newest use counts', async () => {
  const [line, older] = ['a@contoso.example;enabled;3;;26.11.2026', 'a@contoso.example;enabled;3;;2.11.2026']
  const read = await readReport(['Mailbox;Setting;Messages;FirstUse;LastUse', line, older].join('\n'))
  expect(read).toMatchObject({ value: { senders: [{ messages: 6, lastUse: '2026-11-26' }] } })
})

test('the column of addresses is read where there is one of names too', async () => {
  const read = await readReport('Sender name,Sender address,Messages\nScanner,a@contoso.example,1\n')
  expect(read).toMatchObject({ value: { senders: [{ address: 'a@contoso.example' }], skipped: 0 } })
})

test.each([
  ['', 'empty'],
  ['Name,Count\na,1\n', 'no-sender-column'],
  // Without it, every sender would seem to use no password.
  ['Sender,Messages\nScanner 3,12\nTotal,12\n', 'no-sender-column'],
  ['Mailbox,Mail sent\na@contoso.example,1\n', 'no-message-column'],
  ['x'.repeat(5_000_001), 'too-large'],
  ['Sender address,Messages sent\na@contoso.example,1\n'.padEnd(1_100_000, 'a@contoso.example,1\n'), 'too-many-rows'],
  ['Sender address,Messages sent\n"unended', 'no-table'],
  [','.repeat(10_000), 'no-table'],
  [`Sender address,Messages sent\n${'x'.repeat(10_000)},1\n`, 'no-table'],
])('what is no report is refused', async (text, fault) => {
  expect(await readReport(text)).toEqual(fail({ kind: fault }))
})

test.each(['-4', '1.2K', '1,2E+03', '1’20', '1234567890123'])(
  'a report with %j messages is refused and says where',
  async (text) => {
    const read = await readReport(`Absenderadresse;Nachrichten\na@contoso.example;5\nB@contoso.example; ${text} \n`)
    expect(read).toEqual(fail({ kind: 'no-number', sender: 'b@contoso.example', text }))
  },
)

test('a negative number of messages is not called one that is not whole', () => {
  const said = (locale: 'en' | 'de') =>
    translatorFor(locale, 'basic-auth')('fault.no-number', { sender: 'a@contoso.example', text: '-4' })
  expect(said('en')).toContain('“-4” for a@contoso.example, which is not a whole number of at least 0.')
  expect(said('de')).toContain('keine ganze Zahl ab 0.')
})

test('a report of senders that all use OAuth 2.0, and a total, says that none uses a password', async () => {
  const text = 'Sender address,Authentication Protocol,Messages sent\na@contoso.example,OAuth,6\nTotal,,6\n'
  expect(await readReport(text)).toMatchObject({ ok: true, value: { senders: [], skipped: 2 } })
})

test('a row of four million separators is no table, which is known in a moment', async () => {
  const text = `Sender address,Messages sent\n${','.repeat(4_000_000)}`
  const before = processorMs()
  expect(await readReport(text)).toEqual(fail({ kind: 'no-table' }))
  expect(processorMs() - before).toBeLessThan(300)
})

test('while the largest report is read, the process does other work', async () => {
  const lines = Array.from({ length: 49_999 }, (_, at) => `printer-${at}@contoso.example,contoso.example,5`)
  const reading = readReport(['Sender address,Domain,Messages sent', ...lines].join('\n'))
  let [turns, isRead] = [0, false]
  const whenRead = reading.then((read) => {
    isRead = true
    return read
  })
  for (; !isRead; turns++) await new Promise(setImmediate)
  expect(await whenRead).toMatchObject({ ok: true, value: { skipped: 0, senders: { length: 49_999 } } })
  expect(turns).toBeGreaterThan(10)
})

const used = (from: string, until: string, lastUse: string | null = null) => ({ from, until, messages: 1, lastUse })
const MOVES = [
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
    'a report that began on the same day',
    used('2026-11-01', '2026-11-07'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-10', until: '2026-11-16' },
    'unconfirmed',
  ],
  [
    'the script says that it was on the same day',
    used('2026-11-08', '2026-11-14', '2026-11-10'),
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
    'a later report shows it, and an older one of the script said when',
    used('2026-11-11', '2026-11-17', '2026-11-09'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-11', until: '2026-11-17' },
    'both',
  ],
  [
    'a later report does not show it',
    used('2026-11-01', '2026-11-07'),
    { firstMessage: '2026-11-10' },
    { from: '2026-11-11', until: '2026-11-17' },
    'moved',
  ],
] as const

test('only traffic decides how far a sender has moved', async () => {
  const { db } = database
  for (const [title, lastSeen, client, newest, progress] of MOVES) {
    await Promise.all([db.basicAuthReport.deleteMany(), db.basicAuthSender.deleteMany(), db.message.deleteMany()])
    if (newest)
      await db.basicAuthReport.create({
        data: {
          id: newId(),
          kind: 'script',
          senders: 1,
          inheriting: 0,
          uploadedBy: 'test',
          uploadedAt: new Date(),
          fromDay: new Date(newest.from),
          untilDay: new Date(newest.until),
        },
      })
    const address = 'scanner@contoso.example'
    await db.basicAuthSender.create({
      data: {
        address,
        messages: lastSeen?.messages ?? 0,
        clientId: client && CLIENT,
        lastUseDay: lastSeen?.lastUse ? new Date(lastSeen.lastUse) : null,
        ...(lastSeen && { seenFrom: new Date(lastSeen.from), seenUntil: new Date(lastSeen.until) }),
      },
    })
    // Late on the day in UTC, which is the next day where clocks are ahead of it, as that of the database is below.
    if (client?.firstMessage) await sent(new Date(`${client.firstMessage}T23:30:00Z`))
    const { rows } = await db.$transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL TIME ZONE 13`
      return createBasicAuth({ db: tx as typeof db, clock: systemClock }).list({ progress: null, page: 1, size: 25 })
    })
    expect(rows, title).toMatchObject([{ address, progress }])
    if (lastSeen?.lastUse === '2026-11-09') expect(rows).toMatchObject([{ lastSeen: { lastUse: null } }])
  }
})

test('an older report does not replace the setting of a mailbox that a newer one names, and adds one that none did', async () => {
  const basicAuth = createBasicAuth({ db: database.db, clock: systemClock })
  const add = (rows: string, day: number) =>
    basicAuth.addReport(caller, {
      fileName: null,
      text: `Mailbox,Setting,Messages,FirstUse,LastUse\n${rows}`,
      from: `2026-11-0${day}`,
      until: `2026-11-0${day}`,
    })
  expect(await add('a@contoso.example,disabled,0,,\n', 5)).toMatchObject({ ok: true })
  expect(await add('a@contoso.example,enabled,0,,\nb@contoso.example,enabled,0,,\n', 4)).toMatchObject({ ok: true })
  const settings = () => database.db.basicAuthSender.findMany({ orderBy: { address: 'asc' } })
  expect(await settings()).toMatchObject([{ setting: 'disabled' }, { setting: 'enabled' }])
  expect(await add('a@contoso.example,enabled,0,,\n', 6)).toMatchObject({ ok: true })
  expect(await settings()).toMatchObject([{ setting: 'enabled' }, { setting: 'enabled' }])
})

test('one page of the senders of a progress is read, and all of them are counted', async () => {
  const { db } = database
  const data = Array.from({ length: 7 }, (_, at) => ({
    address: `printer-${at}@contoso.example`,
    messages: at,
    ...(at > 0 && { seenFrom: new Date('2026-11-01'), seenUntil: new Date('2026-11-07') }),
  }))
  await db.basicAuthSender.createMany({ data })
  const list = await createBasicAuth({ db, clock: systemClock }).list({ progress: 'open', page: 2, size: 4 })
  expect(list).toMatchObject({ total: 6, all: 7, counts: { open: 6, unused: 1, moved: 0 } })
  expect(list.rows.map(({ address }) => address)).toEqual(['printer-2@contoso.example', 'printer-1@contoso.example'])
  const searched = await createBasicAuth({ db, clock: systemClock }).list({
    progress: 'open',
    text: 'R-4@',
    page: 1,
    size: 4,
  })
  expect(searched).toMatchObject({ total: 1, all: 7, counts: { open: 6 }, matching: { open: 1, unused: 0 } })
  expect(searched.rows).toMatchObject([{ address: 'printer-4@contoso.example' }])
})

test('mailboxes that mail servers sign in to with OAuth 2.0 are listed, and none of a removed one or of another type', async () => {
  const { db } = database
  const server = async (senderAddress: string, more: { type?: string; removedAt?: Date } = {}) => {
    const { type = 'exchange-online-oauth2', ...row } = more
    const id = newId()
    await db.mailServer.create({
      data: { id, name: senderAddress, settings: { type, senderAddress }, version: 1, ...row },
    })
    const sender = { mailServerId: id, addedBy: 'test', addedAt: new Date() }
    const data = ['login', 'send-as'].map((way) => ({
      ...sender,
      way,
      address: `${way}.${senderAddress.toLowerCase()}`,
    }))
    await db.sender.createMany({ data })
  }
  await server('Noreply@contoso.example')
  await server('old@contoso.example', { removedAt: new Date() })
  await server('relay@contoso.example', { type: 'smtp' })
  const { mailboxes } = await createBasicAuth({ db, clock: systemClock }).list({ progress: null, page: 1, size: 25 })
  expect(mailboxes).toEqual(['login.noreply@contoso.example', 'noreply@contoso.example'])
})

test('the settings of mailboxes without their uses move no sender', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const address = 'scanner@contoso.example'
  const list = () => basicAuth.list({ progress: null, page: 1, size: 25 })
  const add = (day: string, messages: string) =>
    basicAuth.addReport(caller, {
      ...{ from: day, until: day, fileName: null },
      text: `Mailbox,Setting,Messages,FirstUse,LastUse\n${address},inherits,${messages},,`,
    })
  await add('2026-11-01', '5')
  await db.basicAuthSender.updateMany({ data: { clientId: CLIENT } })
  await sent(new Date('2026-11-05T09:00:00Z'))
  await add('2026-11-06', '')
  expect(await list()).toMatchObject({
    rows: [{ progress: 'unconfirmed' }],
    reports: [{ kind: 'settings' }, { kind: 'script' }],
  })
  await add('2026-11-07', '0')
  expect(await list()).toMatchObject({ rows: [{ progress: 'moved' }] })
})

test('a sender is ticked off when its client sends and a later report does not show it', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const progress = async () =>
    (await basicAuth.list({ progress: null, page: 1, size: 25 })).rows.map(({ address, progress }) => [
      address,
      progress,
    ])
  const report = (from: string, until: string, ...senders: string[]) =>
    basicAuth.addReport(caller, {
      from,
      until,
      fileName: null,
      text: ['Sender address,Messages sent', ...senders.map((each) => `${each},5`)].join('\n'),
    })
  const [scanner, shop] = ['scanner@contoso.example', 'shop@contoso.example']
  expect((await report('2026-10-01', '2026-10-31', scanner, shop)).ok).toBe(true)
  expect(await progress()).toEqual([
    [scanner, 'open'],
    [shop, 'open'],
  ])
  const client = { id: CLIENT, way: 'network', kind: 'printer', name: 'Scanner' }
  await db.client.create({
    data: { ...client, senders: [scanner], networks: ['192.0.2.0/24'], createdBy: 'test', createdAt: new Date() },
  })
  expect(await basicAuth.link(caller, { address: scanner, from: null, clientId: client.id })).toEqual(ok(undefined))
  expect(await progress()).toEqual([
    [scanner, 'linked'],
    [shop, 'open'],
  ])
  for (const day of ['2026-11-05', '2026-11-25']) await sent(new Date(`${day}T09:00:00Z`))
  expect(await progress()).toEqual([
    [scanner, 'unconfirmed'],
    [shop, 'open'],
  ])
  await report('2026-11-06', '2026-11-20', shop)
  expect(await progress()).toEqual([
    [scanner, 'moved'],
    [shop, 'open'],
  ])
  // Its first messages are removed by their age.
  await noteFirstMessages(db)
  await db.message.deleteMany()
  await sent(new Date('2027-02-05T09:00:00Z'))
  await noteFirstMessages(db)
  expect(await progress()).toEqual([
    [scanner, 'moved'],
    [shop, 'open'],
  ])
  await report('2026-11-10', '2026-11-21', scanner)
  expect(await progress()).toEqual([
    [scanner, 'both'],
    [shop, 'open'],
  ])
  const actions = await db.auditEvent.findMany({
    orderBy: { sequence: 'asc' },
    select: { action: true, details: true },
  })
  const days = { from: '2026-10-01', until: '2026-10-31' }
  expect(actions[0]?.details).toEqual({ kind: 'smtp-auth-clients', senders: 2, skipped: 0, undated: 0, ...days })
  const [added, linked] = ['basic-auth.report', 'basic-auth.link']
  expect(actions.map(({ action }) => action)).toEqual([added, linked, added, added])
})

test('a report whose days are none, in the wrong order, in the future or too many is not added, and the answer says which of it', async () => {
  const basicAuth = createBasicAuth({ db: database.db, clock: systemClock })
  const [today = '', tomorrow = ''] = [0, DAY_MS].map((ms) => dayText(new Date(Date.now() + ms)))
  for (const [from, until, kind, field] of [
    ['2026-11-10', '2026-11-01', 'wrong-order', 'from'],
    ['2026-02-30', '2026-03-10', 'no-day', 'from'],
    ['2026-03-10', '', 'no-day', 'until'],
    ['2026-08-12', '2026-11-11', 'too-long', 'from'],
    [today, tomorrow, 'future', 'until'],
  ] as const) {
    const refused = await basicAuth.addReport(caller, { from, until, text: 'x', fileName: null })
    expect(refused).toEqual(fail({ kind, field }))
  }
  expect(await database.db.auditEvent.count()).toBe(0)
})

test('a client that another person has linked to a sender is not replaced unseen, and the refusal is recorded', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const address = 'scanner@contoso.example'
  const text = `Sender address,Messages sent\n${address},5`
  await basicAuth.addReport(caller, { from: '2026-10-01', until: '2026-10-31', fileName: null, text })
  const [anna, ben] = [CLIENT, CLIENT.replace(/c$/, 'd')]
  for (const id of [anna, ben])
    await db.client.create({
      data: {
        id,
        way: 'network',
        kind: 'printer',
        name: id,
        networks: ['192.0.2.0/24'],
        createdBy: 'test',
        createdAt: new Date(),
      },
    })
  const link = (from: string | null, clientId: string | null) => basicAuth.link(caller, { address, from, clientId })
  for (let time = 0; time < 2; time++) expect(await link(null, ben)).toEqual(ok(undefined))
  for (const [from, clientId] of [
    [null, anna],
    [anna, null],
  ] as const)
    expect(await link(from, clientId)).toEqual(fail('changed'))
  expect(await db.basicAuthSender.findMany()).toMatchObject([{ address, clientId: ben }])
  expect(await link(ben, null)).toEqual(ok(undefined))
  const nobody = { address: 'nobody@contoso.example', from: null, clientId: null }
  expect(await basicAuth.link(caller, nobody)).toEqual(fail('changed'))
  const rows = await db.auditEvent.findMany({ where: { action: 'basic-auth.link' }, orderBy: { sequence: 'asc' } })
  expect(rows.map(({ result }) => result)).toEqual(['done', 'refused', 'refused', 'done', 'refused'])
})

test('R-14 a client that is added for a sender is linked in the same transaction, or neither is stored', async () => {
  const { db } = database
  const deps = { db, clock: systemClock }
  const [clients, basicAuth] = [
    createClients({ ...deps, audit: createAuditLog(db, systemClock) }),
    createBasicAuth(deps),
  ]
  const address = 'scanner@contoso.example'
  await db.basicAuthSender.create({ data: { address } })
  const add = (end: () => void) =>
    clients.add(
      caller,
      'login',
      { ...NO_FIELDS, kind: 'printer', name: 'Scanner', senders: address },
      async (tx, { id }) => {
        expect(await basicAuth.linkIn(tx, caller, { address, from: null, clientId: id })).toEqual(ok(undefined))
        end()
      },
    )
  const killed = () => {
    throw new Error('killed')
  }
  await expect(add(killed)).rejects.toThrow('killed')
  expect([await db.client.count(), await db.basicAuthSender.findMany()]).toMatchObject([0, [{ clientId: null }]])
  const added = await add(() => {})
  expect(await db.basicAuthSender.findMany()).toMatchObject([{ clientId: added.ok && added.value.id }])
})

test('a proposed sender is linked to the one enabled client that names it, and any other is left to a person', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const senders = ['one', 'three', 'two', 'none', 'off', 'gone'].map((name) => `${name}@contoso.example`)
  const text = ['Sender address,Messages sent', ...senders.map((each) => `${each},5`)].join('\n')
  await basicAuth.addReport(caller, { from: '2026-10-01', until: '2026-10-31', fileName: null, text })
  const client = async (senders: string[], ended: { disabledAt?: Date; removedAt?: Date } = {}) => {
    const who = { id: newId(), way: 'network', kind: 'printer', name: newId(), networks: ['192.0.2.0/24'] }
    await db.client.create({ data: { ...who, ...ended, senders, createdBy: 'test', createdAt: new Date() } })
    return who.id
  }
  const id = await client([
    'One@contoso.example',
    'one@contoso.example',
    'two@contoso.example',
    'three@contoso.example',
  ])
  await client(['two@contoso.example'])
  await client(['off@contoso.example'], { disabledAt: new Date() })
  await client(['gone@contoso.example'], { removedAt: new Date() })
  const proposed = async () => (await basicAuth.list({ progress: null, page: 1, size: 25 })).proposed
  expect(await proposed()).toBe(2)
  const linkedBy = await Promise.all([1, 2].map(() => basicAuth.linkProposed(caller)))
  expect(linkedBy.sort()).toEqual([0, 2])
  expect(await proposed()).toBe(0)
  const linked = await db.basicAuthSender.findMany({ where: { clientId: { not: null } }, orderBy: { address: 'asc' } })
  expect(linked.map(({ address, clientId }) => [address, clientId])).toEqual([
    ['one@contoso.example', id],
    ['three@contoso.example', id],
  ])
  const audits = await db.auditEvent.findMany({ where: { action: 'basic-auth.link' } })
  const done = { result: 'done', subject: `client:${id}` }
  expect(audits).toMatchObject([done, done])
  // All or none: a request ends after ten seconds, and one transaction for each of many senders takes longer.
  expect(new Set(audits.map(({ at }) => at.getTime())).size).toBe(1)
})

test('R-12 of two reports that are added at once neither hides what the other one says of a sender', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const [address, day] = ['scanner@contoso.example', dayText(new Date())]
  const texts = [
    [`Mailbox,Setting,Messages,FirstUse,LastUse\n${address},enabled,5,,`, '2026-10-01'],
    [`Sender address,Messages sent\n${address},3`, day],
  ] as const
  const waiting = () =>
    db.$executeRaw`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  const adding = await db.$transaction(async (tx) => {
    await tx.basicAuthSender.create({ data: { address, messages: 0 } })
    const adding = texts.map(([text, until]) =>
      basicAuth.addReport(caller, { text, fileName: null, from: until, until }),
    )
    await expect.poll(waiting).toBe(2)
    return adding
  })
  expect(await Promise.all(adding)).toMatchObject([{ ok: true }, { ok: true }])
  const { rows } = await basicAuth.list({ progress: null, page: 1, size: 25 })
  expect(rows).toMatchObject([{ setting: 'enabled', lastSeen: { until: day, messages: 3, since: '2026-10-01' } }])
})

test('a removed report takes back what it alone said, in one audit entry', async () => {
  const { db } = database
  const basicAuth = createBasicAuth({ db, clock: systemClock })
  const report = async (until: string, fileName: string, ...lines: string[]) => {
    const text = ['Mailbox,Setting,Messages,FirstUse,LastUse', ...lines].join('\n')
    expect(await basicAuth.addReport(caller, { text, fileName, from: '2026-08-22', until })).toMatchObject({ ok: true })
  }
  const list = () => basicAuth.list({ progress: null, page: 1, size: 25 })
  await report('2026-10-31', 'october.csv', 'scanner@contoso.example,enabled,999999999999,2026-10-02,2026-10-30')
  await report('2026-11-02', 'nothing.csv', 'scanner@contoso.example,,0,,')
  const before = (await list()).rows
  // What the newer report does not say stays, and no number is too large.
  expect(before).toMatchObject([{ setting: 'enabled', lastSeen: { until: '2026-10-31', messages: 2 ** 31 - 1 } }])
  const wrong = ['scanner@contoso.example,disabled,9,2026-09-01,2026-11-20', 'fleet@fabrikam.example,enabled,7,,']
  await report('2026-11-20', 'fabrikam.csv', ...wrong)
  const { rows, reports } = await list()
  expect(rows).toMatchObject([
    { address: 'scanner@contoso.example', setting: 'disabled', lastSeen: { messages: 9, lastUse: '2026-11-20' } },
    { address: 'fleet@fabrikam.example' },
  ])
  const id = reports.find(({ fileName }) => fileName === 'fabrikam.csv')?.id ?? ''
  expect(await basicAuth.removeReport(caller, id)).toBe(true)
  const after = await list()
  expect(after.rows).toEqual(before)
  expect(after.reports.map(({ fileName }) => fileName)).toEqual(['nothing.csv', 'october.csv'])
  expect(await basicAuth.removeReport(caller, id)).toBe(false)
  const action = { action: 'basic-auth.remove-report' }
  expect(await db.auditEvent.findMany({ where: action })).toMatchObject([
    { details: { kind: 'script', senders: 2, from: '2026-08-22', until: '2026-11-20' } },
  ])
})
