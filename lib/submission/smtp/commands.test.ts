import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { LIMITS } from './connection'

const database = databaseOfEach()
const SENDER = 'scanner@contoso.example'
const RECIPIENT = 'anna@fabrikam.example'
const MAIL = `MAIL FROM:<${SENDER}>`
const RCPT = `RCPT TO:<${RECIPIENT}>`
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function world() {
  const limits = { ...LIMITS, connectionsPerAddress: 100 }
  const it = await untilTestEnds(submissionWorld({ database, entrances: ['starttls', 'plain'], limits }))
  const open = async (port?: number, from?: string) => {
    const talk = await untilTestEnds(SmtpTalk.connect(port ?? 0, from))
    return talk
  }
  return { ...it, open }
}

/** A line, and how its answer begins. */
type Exchange = [line: string, answer: string][]

async function hold(talk: SmtpTalk, exchange: Exchange): Promise<void> {
  for (const [line, answer] of exchange)
    expect((await talk.ask(line)).slice(0, answer.length), JSON.stringify(exchange.map(([each]) => each))).toBe(answer)
}

const AFTER_LOGIN: Exchange[] = [
  // RFC 5321 §4.1.1.1 and §4.1.1.5: EHLO and RSET end a transaction, RSET at any time.
  [
    ['RSET', '250'],
    [RCPT, '503'],
    [MAIL, '250'],
    [MAIL, '503'],
    [RCPT, '250'],
    ['RSET', '250'],
    ['DATA', '503'],
  ],
  [
    [MAIL, '250'],
    [RCPT, '250'],
    ['EHLO [192.0.2.1]', '250-'],
    ['DATA', '503'],
    [MAIL, '250'],
    ['DATA', '503'],
  ],
  [
    [MAIL, '250'],
    ['HELO printer_3', '250 '],
    [RCPT, '503'],
  ],
  // §4.1.4: no name, or one with blanks, is no reason to refuse a message.
  [
    ['HELO', '250 '],
    ['EHLO ', '250-'],
    ['helo UPS 3rd floor', '250 '],
    [MAIL, '250'],
    [`EHLO ${'x'.repeat(2_000)}`, '501'],
  ],
  // §3.5.3, §7.3 and §4.5.1: VRFY is there, and says nothing about who exists.
  [
    ['VRFY', '501'],
    ['VRFY anna', '252 2.1.5 Cannot verify the address'],
    ['VRFY nobody', '252 2.1.5 Cannot verify the address'],
    ['EXPN all', '500'],
    ['HELP', '214'],
    ['HELP MAIL', '214'],
  ],
  [
    ['NOOP', '250'],
    ['noop text', '250'],
    ['TURN', '500'],
    ['', '500'],
  ],
  // §4.1.1.2 with what devices write.
  ...[`MAIL FROM: <${SENDER}>`, `mail from:<${SENDER}>  `, `MAIL  FROM :<${SENDER}>`, `MAIL FROM:${SENDER}`].map(
    (line): Exchange => [
      [line, '250'],
      [`RCPT TO: ${RECIPIENT}`, '250'],
      ['DATA', '354'],
      ['Subject: q\r\n\r\nok\r\n.', '250'],
    ],
  ),
  [
    [`MAIL FROM: ${SENDER} SIZE=0 BODY=8BITMIME`, '250'],
    [`RCPT TO:${RECIPIENT} NOTIFY=NEVER`, '555 5.5.4'],
  ],
  [
    [`${MAIL} size=10 body=7bit AUTH=<>`, '250'],
    ['RSET', '250'],
    [`${MAIL} SIZE=`, '501'],
    [`${MAIL} SIZE=x`, '501'],
  ],
  [
    [`MAIL FROM:<@relay.example,@b.example:${SENDER}>`, '250'],
    [`RCPT TO:<@relay.example:${RECIPIENT}>`, '250'],
  ],
  [
    ['MAIL', '553'],
    ['MAIL FROM:', '553 5.1.7 <> is not a valid sender address.'],
    [`MAIL TO:<${SENDER}>`, '553'],
    [`MAIL ${SENDER}`, '553'],
  ],
  [
    [`MAIL FROM:"Scanner" <${SENDER}>`, '553'],
    [`MAIL FROM:Scanner <${SENDER}>`, '553'],
    ['MAIL FROM:<>', '550 5.7.1'],
  ],
  [
    [`${MAIL}SIZE=10`, '553'],
    [`MAIL FROM:<<${SENDER}>>`, '553'],
    [`MAIL FROM:<${SENDER}`, '553'],
  ],
]

test('M-07 commands in each state, and as devices write them, get the answers of the standards', async () => {
  const it = await world()
  const talk = await it.open(it.ports.starttls)
  await talk.begin(await it.client())
  for (const exchange of AFTER_LOGIN) await hold(talk, [...exchange, ['RSET', '250']])
  await hold(talk, [
    ['EHLO UPS 3rd floor', '250-'],
    ['QUIT ', '221'],
  ])
  expect(await database.db.message.count()).toBe(4)
  await it.close()
  expect(await database.db.submissionSession.findFirst()).toMatchObject({ helo: 'ups_3rd_floor' })
})

test('the listener takes the recipients that the API and the simulator take, with a blank or an @ in quotation marks', async () => {
  const it = await world()
  const talk = await it.open(it.ports.starttls)
  await talk.begin(await it.client())
  const quoted = ['"john smith"', '"a@b"', '"a\\"b"', '"a:b,c"'].map((local) => `${local}@fabrikam.example`)
  expect(await talk.envelope(SENDER, [...quoted, 'Postmaster'])).toMatch(/^354 /)
  expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  const recipients = await database.db.recipient.findMany({ orderBy: { position: 'asc' } })
  const postmaster = `Postmaster@${SENDER.split('@')[1]}`
  expect(recipients.map(({ address }) => address)).toEqual([...quoted, postmaster])
  await talk.ask(MAIL)
  for (const argument of [
    '""@fabrikam.example',
    '"a>b"@fabrikam.example',
    '"a\\<b"@fabrikam.example',
    '"a@fabrikam.example',
    '"a"b@fabrikam.example',
    'a b@fabrikam.example',
    '"a\u0000"@fabrikam.example',
    'a@b@fabrikam.example',
    'a..b@fabrikam.example',
    'a@[192.0.2.1]',
    'root',
  ])
    expect(await talk.ask(`RCPT TO:<${argument}>`), argument).toMatch(/^553 5\.1\.3 /)
  expect(await talk.ask('RCPT TO:<>')).toBe('553 5.1.3 <> is not a valid address.')
  for (const argument of [
    `Anna <${RECIPIENT}>`,
    `<${RECIPIENT}>;`,
    `<${RECIPIENT}>,<b@fabrikam.example>`,
    `<${RECIPIENT}`,
  ])
    expect(await talk.ask(`RCPT TO:${argument}`), argument).toMatch(/^553 5\.1\.3 /)
})

test('M-07 a client signs in by each way of RFC 4954 that is offered, and may break off', async () => {
  const it = await world()
  const { login, secret } = await it.client()
  const [user, password] = [base64(login), base64(secret)]
  const ways: Exchange[] = [
    [
      ['AUTH PLAIN', '334'],
      [base64(`\0${login}\0${secret}`), '235'],
      ['AUTH PLAIN', '503'],
    ],
    [[`AUTH PLAIN ${base64(`${login}\0${login}\0${secret}`)}`, '235']],
    [
      ['AUTH LOGIN', '334 VXNlcm5hbWU6'],
      [user, '334 UGFzc3dvcmQ6'],
      [password, '235'],
    ],
    [
      // The panels of many devices begin in upper case.
      [`AUTH LOGIN ${base64(login.toUpperCase())}`, '334 UGFzc3dvcmQ6'],
      [password, '235'],
    ],
    [
      [`auth  login ${user}`, '334 UGFzc3dvcmQ6'],
      [password, '235'],
    ],
    [
      ['AUTH LOGIN', '334'],
      ['*', '501'],
      ['AUTH PLAIN', '334'],
      ['*', '501'],
      [`AUTH LOGIN ${user}`, '334'],
      ['*', '501'],
    ],
    [
      [`AUTH LOGIN ${base64(`${login}\0`)}`, '501'],
      [`AUTH LOGIN ${user}`, '334'],
      [base64(`${secret}\0`), '535'],
      [`AUTH PLAIN ${base64(`\0${login}\0${secret}\0`)}`, '5'],
    ],
    [
      ['AUTH CRAM-MD5', '504'],
      ['AUTH NTLM', '504'],
      ['AUTH PLAIN =', '501'],
      [MAIL, '530'],
    ],
  ]
  await Promise.all(
    ways.map(async (way) => {
      const talk = await it.open(it.ports.starttls)
      await talk.begin()
      await hold(talk, way)
    }),
  )
})

test('a device with HELO alone and no name, LF line ends and neither Date nor Message-ID submits from its network', async () => {
  const it = await world()
  await it.client({ networks: '127.0.0.2/32' }, 'network')
  const talk = await it.open(it.ports.plain, '127.0.0.2')
  await talk.reply()
  await hold(talk, [
    [RCPT, '503'],
    ['DATA', '503'],
  ])
  talk.send(`HELO\nMAIL FROM: <${SENDER}>\nRCPT TO: <${RECIPIENT}>\nDATA\n`)
  for (const answer of [/^250 /, /^250 /, /^250 /, /^354 /]) expect(await talk.reply()).toMatch(answer)
  await hold(talk, [
    ['hello\r\n.', '250 2.0.0'],
    ['QUIT', '221'],
  ])
  const { bytes } = await database.db.messageBody.findFirstOrThrow()
  expect(Buffer.from(bytes).toString()).toMatch(
    /^Received: from unknown .* with SMTP id .*\r\nDate: .*\r\nMessage-ID: <.*>\r\n\r\nhello\r\n$/s,
  )
  await it.close()
  expect(await database.db.submissionSession.findFirst()).toMatchObject({ accepted: 1, helo: null })
})
