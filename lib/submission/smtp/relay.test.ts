import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import entries from '../../../tests/data/bad-inputs.json'
import { apiWorld } from '../../../tests/support/api-server'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { type SubmissionWorldOptions, submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { systemClock } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { createAuthentication } from '../authenticate'
import { LIMITS } from './connection'

const database = databaseOfEach()
const SENDERS = 'app@litware.example, relay@contoso.example'
const SENDER = 'relay@contoso.example'
const RECIPIENT = 'anna@fabrikam.example'
const LISTED = '127.0.0.2'

async function listener(options: Partial<SubmissionWorldOptions> = {}) {
  const limits = { ...LIMITS, connectionsPerAddress: 200 }
  const it = await untilTestEnds(
    submissionWorld({ database, entrances: ['starttls', 'tls', 'plain'], limits, ...options }),
  )
  return it
}

async function world(options: Partial<SubmissionWorldOptions> = {}) {
  const it = await listener(options)
  const relay = await it.client({ name: 'Relay', senders: SENDERS })
  const open = async (port = it.ports.starttls ?? 0, from?: string) => {
    const talk = await untilTestEnds(SmtpTalk.connect(port, from))
    return talk
  }
  /** After EHLO over TLS, with the login of the client or without. */
  const begun = async (login?: typeof relay) => {
    const talk = await open()
    await talk.begin(login)
    return talk
  }
  return { ...it, relay, open, begun }
}

const stored = () => database.db.message.count()
const valuesOf = (field: string) =>
  entries
    .filter((entry) => entry.field === field)
    .map(({ value, expect: result, note }) => ({ value: String(value), isGood: result === 'accept', note }))

test('M-06 M-07 every line of the corpus gets its answer', async () => {
  const it = await world()
  for (const { value, isGood, note } of valuesOf('smtp_listener_line')) {
    const isBeforeTls = value.startsWith('STARTTLS')
    const talk = isBeforeTls ? await it.open() : await it.begun(it.relay)
    if (isBeforeTls) {
      await talk.reply()
      await talk.ask('EHLO client.contoso.example')
    }
    if (value.startsWith('RCPT')) await talk.ask(`MAIL FROM:<${SENDER}>`)
    talk.send(value)
    const refusal = note.includes('555') ? /^555 / : /^[45]\d\d /
    expect(await talk.reply(), note).toMatch(isGood ? /^250 / : refusal)
    if (isBeforeTls) await talk.ended()
  }
  expect(await stored()).toBe(0)
})

test('a client whose message is accepted after one of its recipients was refused does not count as refused, even if the listener’s clock is ahead', async () => {
  const it = await world({ clock: { ...systemClock, now: () => new Date(Date.now() + 3_600_000) } })
  const talk = await it.begun(it.relay)
  await talk.ask(`MAIL FROM:<${SENDER}>`)
  expect(await talk.ask('RCPT TO:<anna@fabrikam.example> X=1')).toMatch(/^555 /)
  expect(await talk.ask(`RCPT TO:<${RECIPIENT}>`)).toMatch(/^250 /)
  await talk.ask('DATA')
  expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  await it.close()
  const client = await it.submission.clients.read(it.relay.id)
  expect(client?.lastError).toBe('parameter-unknown')
  expect(await it.submission.clients.now(it.relay.id)).toMatchObject({ state: 'active' })
})

const SMUGGLED = `MAIL FROM:<${SENDER}>\r\nRCPT TO:<victim@fabrikam.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n`
const FORMS = [
  ...['\n.\n', '\n.\r\n', '\r\n.\n', '\r\n.\r', '\r.\r', '\r.\r\n'],
  ...['\r\n\0.\r\n', '\r\n.\0\r\n', '\r\r\n.\r\n', '\n\n.\r\n', '\r\n.\r\r\n', '\0\r\n.\r\n'],
]

test('M-06 every text of the corpus and every smuggling form gets one answer, and nothing of a refused one is stored', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  const smuggling = FORMS.map((form) => ({
    value: `Subject: q\r\n\r\nx${form}${SMUGGLED}`,
    isGood: false,
    note: JSON.stringify(form),
  }))
  let good = 0
  for (const { value, isGood, note } of [...valuesOf('smtp_listener_data'), ...smuggling]) {
    expect(await talk.envelope(SENDER, RECIPIENT), note).toMatch(/^354 /)
    talk.send(value)
    expect(await talk.reply(), note).toMatch(isGood ? /^250 / : /^554 5\.6\.0 /)
    // What follows a real end of the text is read as commands; it is a new message, and it is refused or complete.
    if (/\r\n\.\r\n(?!$)/.test(value))
      for (const answer of [/^250/, /^250/, /^354/, /^250/]) expect(await talk.reply(), note).toMatch(answer)
    expect(await talk.ask('NOOP'), note).toBe('250 2.0.0 OK')
    if (isGood) good++
  }
  expect(await database.db.message.count({ where: { NOT: { subject: 'smuggled' } } })).toBe(good)
})

test('M-06 dots at line starts arrive as they were sent, however the bytes are cut up', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  const text = 'Subject: q\r\n\r\n..one\r\n..\r\n...\r\n..\r\n.\r\n'
  const start = text.indexOf('\r\n\r\n')
  for (let cut = start; cut < text.length; cut++) {
    await talk.envelope(SENDER, RECIPIENT)
    talk.send(text.slice(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    talk.send(text.slice(cut))
    expect(await talk.reply()).toMatch(/^250 /)
  }
  const bodies = await database.db.messageBody.findMany()
  expect(bodies).toHaveLength(text.length - start)
  for (const { bytes } of bodies)
    expect(Buffer.from(bytes).toString()).toMatch(/\r\n\r\n\.one\r\n\.\r\n\.\.\r\n\.\r\n$/)
})

const HEADERS: [title: string, header: string, answer: RegExp][] = [
  ['two From fields', `From: ${SENDER}\r\nFrom: boss@contoso.example`, /^554 5\.6\.0/],
  ['a From of another person', 'From: boss@contoso.example', /^550 5\.7\.1/],
  ['an allowed name around another address', `From: "${SENDER}" <boss@contoso.example>`, /^550 5\.7\.1/],
  ['two authors', `From: ${SENDER}, boss@contoso.example`, /^554/],
  ['a group', `From: all: ${SENDER};`, /^554/],
  ['an encoded From', 'From: =?utf-8?q?relay=40contoso.example?=', /^554/],
  ['a quotation within the address', 'From: relay"boss"@contoso.example', /^554/],
  ['a comment within the address', 'From: relay(boss)@contoso.example', /^554/],
  ['a comment after the address', `From: ${SENDER} (boss@contoso.example)`, /^250/],
  ['an encoded address of another person', 'From: =?utf-8?q?boss=40contoso.example=3e?=@litware.example', /^554/],
  ['a folded second author', `From: ${SENDER},\r\n\tboss@contoso.example`, /^554/],
  [
    '51 Received fields',
    'Received: from a by b; Fri, 27 Nov 2026 03:00:00 +0000\r\n'.repeat(51).trimEnd(),
    /^554 5\.4\.6/,
  ],
  ['Bcc after a line that is no field', 'X-A: b\r\nno field\r\nbcc : hidden@fabrikam.example', /^554 5\.6\.0/],
  ['Bcc after a line that continues none', ' b\r\nResent-Bcc: hidden@fabrikam.example', /^554 5\.6\.0/],
  ['Bcc after an empty line', '\r\nFrom: a@fabrikam.example\r\nBcc: hidden@fabrikam.example', /^554 5\.6\.0/],
  ['a text without an empty line before it', 'X-A: b\r\nDear Anna,\r\nno Bcc: here', /^250/],
  ['1,001 lines', 'X-A: b\r\n'.repeat(1_001).trimEnd(), /^554/],
  ['a line over 998 octets', `X-A: ${'b'.repeat(1_000)}`, /^554/],
  ['an allowed From', `From: Relay <${SENDER}>`, /^250/],
  ['another allowed From', 'From: app@litware.example', /^250/],
  ['no From', 'X-A: b', /^250/],
]

test('M-08 M-09 a header is accepted only with one allowed author and within its limits', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  for (const [title, header, answer] of HEADERS) {
    await talk.envelope(SENDER, RECIPIENT)
    expect(await talk.ask(`${header}\r\nSubject: q\r\n\r\nok\r\n.`), title).toMatch(answer)
  }
  expect(await stored()).toBe(HEADERS.filter(([, , answer]) => answer.test('250')).length)
})

test('M-01 a message does not go to recipients of a transaction that RSET or EHLO has ended', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  for (const end of ['RSET', 'EHLO printer.contoso.example']) {
    for (const line of [`MAIL FROM:<${SENDER}>`, 'RCPT TO:<other@fabrikam.example>', end])
      expect(await talk.ask(line)).toMatch(/^250[ -]/)
    expect(await talk.envelope(SENDER, RECIPIENT)).toMatch(/^354 /)
    expect(await talk.ask('Subject: q\r\n\r\nx\r\n.')).toMatch(/^250 /)
  }
  const recipients = await database.db.recipient.findMany()
  expect(recipients.map(({ address }) => address)).toEqual([RECIPIENT, RECIPIENT])
})

test('M-09 a recipient with and without quotation marks that it does not need is one', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  await talk.envelope(SENDER, [
    '"an\\na"@fabrikam.example',
    RECIPIENT,
    '"anna"@FABRIKAM.example',
    '".anna"@fabrikam.example',
  ])
  expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  const recipients = await database.db.recipient.findMany({ orderBy: { position: 'asc' } })
  expect(recipients.map(({ address }) => address)).toEqual([RECIPIENT, '".anna"@fabrikam.example'])
})

test('F-41 what a rejected MAIL has declared does not count for the next one', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  expect(await talk.ask('MAIL FROM:<spam@attacker.test> SMTPUTF8')).toMatch(/^550 /)
  await talk.envelope(SENDER, RECIPIENT)
  expect(await talk.ask('Subject: \u00fc\r\n\r\nok\r\n.')).toMatch(/^250 /)
  expect(await database.db.message.findFirst()).toMatchObject({ needsUtf8: false })
})

test('F-41 for a recipient outside ASCII, only a header that names one needs SMTPUTF8', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  for (const to of ['anna', 'jürgen']) {
    await talk.envelope(SENDER, ['jürgen@fabrikam.example', RECIPIENT])
    expect(await talk.ask(`To: ${to}@fabrikam.example\r\n\r\nok\r\n.`)).toMatch(/^250 /)
  }
  const messages = await database.db.message.findMany({ orderBy: { id: 'asc' } })
  expect(messages.map(({ needsUtf8 }) => needsUtf8)).toEqual([false, true])
})

/** Pairs of sender and recipient by which open relays are found. */
const RELAY_WAYS: [from: string, to: string][] = [
  ['<spam@attacker.test>', '<victim@adatum.example>'],
  ['<>', '<victim@adatum.example>'],
  ['<postmaster@contoso.example>', '<victim@adatum.example>'],
  ['<spam@[127.0.0.1]>', '<victim@adatum.example>'],
  ['<spam@localhost>', '<victim@adatum.example>'],
  ['<relay@contoso.example.attacker.test>', '<victim@adatum.example>'],
  ['<relay@contoso.example@attacker.test>', '<victim@adatum.example>'],
  ['<@contoso.example:spam@attacker.test>', '<victim@adatum.example>'],
  ['<"relay@contoso.example"@attacker.test>', '<victim@adatum.example>'],
  ['<relay%contoso.example@attacker.test>', '<victim@adatum.example>'],
  ['<spam@attacker.test> AUTH=<relay@contoso.example>', '<victim@adatum.example>'],
]
const RECIPIENT_WAYS = [
  '<"victim@adatum.example">',
  '<victim@adatum.example@contoso.example>',
  '<victim@[127.0.0.1]>',
  '<adatum.example!victim>',
  '<>',
  '<victim>',
]

test('M-07 M-08 the listener is no open relay: without a login no address is taken, with one only its own senders', async () => {
  const it = await world()
  for (const login of [undefined, it.relay]) {
    for (const [from, to] of RELAY_WAYS) {
      const talk = await it.begun(login)
      expect(await talk.ask(`MAIL FROM:${from}`), from).toMatch(login ? /^(550|501|553) / : /^530 |^553 /)
      expect(await talk.ask(`RCPT TO:${to}`), from).toMatch(/^503 /)
      expect(await talk.ask('DATA'), from).toMatch(/^503 /)
      talk.close()
    }
  }
  const talk = await it.begun(it.relay)
  await talk.ask(`MAIL FROM:<${SENDER}>`)
  for (const to of RECIPIENT_WAYS) expect(await talk.ask(`RCPT TO:${to}`), to).toMatch(/^50\d |^55\d /)
  expect(await stored()).toBe(0)
})

test('a client whose pipelined commands follow a rejected sender counts as rejected for its sender', async () => {
  const it = await world()
  const talk = await it.begun(it.relay)
  talk.send(`MAIL FROM:<spam@attacker.test>\r\nRCPT TO:<${RECIPIENT}>\r\nDATA\r\n`)
  for (const expected of [/^550 /, /^503 /, /^503 /]) expect(await talk.reply()).toMatch(expected)
  await it.close()
  expect(await database.db.client.findUniqueOrThrow({ where: { id: it.relay.id } })).toMatchObject({
    lastError: 'sender-not-allowed',
  })
  const { stages } = await database.db.submissionSession.findFirstOrThrow({ where: { clientId: it.relay.id } })
  expect(JSON.stringify(stages)).not.toContain('"protocol"')
})

test('M-07 without TLS only listed networks submit, only as their senders, and there is no login', async () => {
  const it = await world()
  await it.client({ name: 'Hall', networks: `${LISTED}/32`, senders: SENDERS }, 'network')
  const plain = it.ports.plain ?? 0
  for (const from of ['127.0.0.1', '127.0.0.3', '127.0.2.2']) {
    const talk = await it.open(plain, from)
    expect(await talk.reply(), from).toMatch(
      new RegExp(`^550 5\\.7\\.1 The address ${from.replaceAll('.', '\\.')} may not submit`),
    )
    await talk.ended()
  }
  for (const [from] of RELAY_WAYS) {
    const talk = await it.open(plain, LISTED)
    await talk.reply()
    await talk.ask('EHLO printer')
    expect(await talk.ask(`MAIL FROM:${from}`), from).toMatch(/^(550|501|553) /)
    talk.close()
  }
  const printer = await it.open(plain, LISTED)
  await printer.reply()
  expect(await printer.ask('EHLO printer')).not.toContain('AUTH')
  expect(await printer.logIn(it.relay.login, 'x')).toMatch(/^502 5\.5\.1 This port takes no user name/)
  await printer.envelope(SENDER, RECIPIENT)
  expect(await printer.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  // The network is no login anywhere else.
  const other = await it.open(it.ports.starttls, LISTED)
  await other.begin()
  expect(await other.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^530 /)
  expect(await stored()).toBe(1)
})

test.each([
  ['one address', () => '127.0.0.5'],
  ['many addresses', (nth: number) => `127.0.5.${nth + 1}`],
])(
  'M-07 of 40 guesses at once from %s, at most five are compared, and the client still gets in from where it is known',
  async (_title, addressOf) => {
    const it = await world()
    const { login, secret } = it.relay
    expect(await it.submission.authentication.byPassword(login, new Redacted(secret), '127.0.0.1')).toMatchObject({
      ok: true,
    })
    const known = await it.begun()
    expect(await known.logIn(login, secret)).toMatch(/^235 /)
    await expect.poll(async () => (await it.submission.clients.read(it.relay.id))?.lastAddress).toBe('127.0.0.1')
    const guesses = await Promise.all(
      Array.from({ length: 40 }, async (_, nth) => {
        const talk = await it.open(it.ports.starttls, addressOf(nth))
        await talk.begin()
        return talk.logIn(login, `guess ${nth}`)
      }),
    )
    // A guess that was not compared gets 454 and never learns whether it was right.
    expect(guesses.filter((answer) => answer.startsWith('535')).length).toBeLessThanOrEqual(5)
    expect(guesses.filter((answer) => answer.startsWith('454')).length).toBeGreaterThanOrEqual(35)
    const late = await it.open(it.ports.starttls, addressOf(0))
    await late.begin()
    expect(await late.logIn(login, secret)).toMatch(/^454 4\.7\.0 Too many wrong passwords/)
    // A client that tries its next way to sign in still reads why.
    expect(await late.logIn(login, secret)).toMatch(/^454 4\.7\.0 Too many wrong passwords/)
    expect(await late.logIn(login, secret)).toMatch(/^421 4\.7\.0 Too many failed sign-ins/)
    await late.ended()
    expect(await (await it.begun()).logIn(login, secret)).toMatch(/^235 /)
  },
)

test('M-07 A-11 five of 40 guesses by SMTP through two listeners and by HTTP are answered in all', async () => {
  const [it, other, third] = [await world(), await listener(), await listener()]
  const api = await untilTestEnds(apiWorld({ database }))
  const bySmtp = async (port: number | undefined, nth: number) => {
    const talk = await it.open(port, '127.0.0.6')
    await talk.begin()
    return (await talk.logIn(it.relay.login, `guess ${nth}`)).startsWith('535')
  }
  const byKey = async (nth: number) => {
    const status = await readMessages(api.origin, `prk_${String(nth).padStart(43, 'A')}`, '127.0.0.6')
    expect([401, 429]).toContain(status)
    return status === 401
  }
  const guess = (nth: number) =>
    nth % 4 === 3 ? byKey(nth) : bySmtp(nth % 2 ? it.ports.starttls : other.ports.starttls, nth)
  const inTurn: boolean[] = []
  for (let nth = 0; nth < 8; nth++) inTurn.push(await guess(nth))
  const atOnce = await Promise.all(Array.from({ length: 32 }, (_, nth) => guess(nth)))
  expect([...inTurn, ...atOnce].filter(Boolean)).toHaveLength(5)
  // Nor is the right password compared, by a listener that has counted none.
  const talk = await it.open(third.ports.starttls, '127.0.0.6')
  await talk.begin()
  expect(await talk.logIn(it.relay.login, it.relay.secret)).toMatch(/^454 /)
  // Nor is a right key, from there; from elsewhere it is.
  const { secret } = await it.client({ name: 'Key', senders: SENDERS, scopes: 'read' }, 'api-key')
  expect(await readMessages(api.origin, secret, '127.0.0.6')).toBe(429)
  expect(await readMessages(api.origin, secret, '127.0.0.7')).toBe(200)
})

/** `GET /api/v1/messages` from an address of this machine. @returns the status */
async function readMessages(origin: string, key: string, localAddress: string): Promise<number> {
  const options = { localAddress, family: 4, headers: { authorization: `Bearer ${key}` } }
  const [answer] = (await once(get(`${origin}/api/v1/messages`, options), 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode ?? 0
}

test('A-11 25 of 40 guesses by password and by key from one IPv6 /64, each from another address, are compared, and a client gets in from the /64 it is known from', async () => {
  const it = await world()
  const { login, secret } = it.relay
  const { authentication } = it.submission
  const from = (address: string) => authentication.byPassword(login, new Redacted(secret), address)
  // One printer with an old password keeps no other out.
  for (let nth = 0; nth < 20; nth++)
    expect(await authentication.byPassword('old', new Redacted('guess'), '2001:db8:0:3::1')).toMatchObject({
      error: { why: nth < 5 ? 'login-wrong' : 'too-many-guesses' },
    })
  expect(await from('2001:db8:0:3::2')).toMatchObject({ ok: true })
  await database.db.client.update({
    where: { id: it.relay.id },
    data: { lastAddress: '2001:db8:0:2::1', lastSeenAt: new Date() },
  })
  const guess = (nth: number) => {
    const address = `2001:db8:0:1::${nth + 1}`
    return nth % 2
      ? authentication.byKey(new Redacted(`prk_${String(nth).padStart(43, 'A')}`), address)
      : authentication.byPassword(`guess-${nth}`, new Redacted('guess'), address)
  }
  const guesses = await Promise.all(Array.from({ length: 40 }, (_, nth) => guess(nth)))
  expect(guesses.filter((checked) => !checked.ok && checked.error.why === 'login-wrong')).toHaveLength(25)
  expect(await from('2001:db8:0:1:ffff::1')).toMatchObject({ error: { why: 'too-many-guesses' } })
  expect(await from('2001:db8:0:2:ffff::1')).toMatchObject({ ok: true })
})

test.each([
  ['from its IPv6 /64', 24, (nth: number) => ({ name: `guess-${nth}`, address: `2001:db8:0:1::${nth}` })],
  ['for its user name', 4, (nth: number) => ({ name: null, address: `2001:db8:0:${nth}::1` })],
] as const)('A-11 after a right password the guesses %s count from zero again', async (_, free, guessed) => {
  const it = await world()
  const { login, secret } = it.relay
  const { byPassword } = it.submission.authentication
  const answers: unknown[] = []
  const guess = async (nth: number) => {
    const { name, address } = guessed(nth)
    answers.push(await byPassword(name ?? login, new Redacted('guess'), address))
  }
  for (let nth = 1; nth <= free; nth++) await guess(nth)
  expect(await byPassword(login, new Redacted(secret), '2001:db8:0:1:ffff::1')).toMatchObject({ ok: true })
  for (let nth = free + 1; nth <= 2 * free; nth++) await guess(nth)
  expect(answers).toMatchObject(Array(2 * free).fill({ error: { why: 'login-wrong' } }))
})

test('A-11 a client is let in again when the wait after wrong passwords is over', async () => {
  const { login, secret } = (await world()).relay
  let aheadMs = 0
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  const { byPassword } = createAuthentication({ db: database.db, clock })
  for (let nth = 0; nth < 5; nth++) await byPassword(login, new Redacted('guess'), '127.0.6.1')
  const right = () => byPassword(login, new Redacted(secret), '127.0.6.1')
  expect(await right()).toMatchObject({ error: { why: 'too-many-guesses' } })
  await database.db.rateLimit.updateMany({ data: { expire: new Date(0) } })
  aheadMs = 60_000
  expect(await right()).toMatchObject({ ok: true })
})

test('A-11 guesses from many addresses count together, however the user name is spelt', async () => {
  const it = await world()
  const { login, secret } = it.relay
  const { byPassword } = it.submission.authentication
  const spellings = [login, login.toUpperCase(), `${login.slice(0, 1).toUpperCase()}${login.slice(1)}`]
  for (let nth = 0; nth < 5; nth++)
    expect(await byPassword(spellings[nth % 3] ?? '', new Redacted('guess'), `203.0.113.${nth}`)).toMatchObject({
      error: { why: 'login-wrong' },
    })
  expect(await byPassword(login, new Redacted(secret), '203.0.113.7')).toMatchObject({
    error: { why: 'too-many-guesses' },
  })
})

test('A-11 guesses lock a client out of none of the networks that are listed for it', async () => {
  const it = await world()
  const client = await it.client({ name: 'Two places', networks: '192.0.2.1 198.51.100.0/24' })
  const { byPassword } = it.submission.authentication
  const from = (address: string, password = client.secret) => byPassword(client.login, new Redacted(password), address)
  for (let nth = 0; nth < 5; nth++) await from('203.0.113.7', 'guess')
  expect(await from('203.0.113.7')).toMatchObject({ error: { why: 'too-many-guesses' } })
  for (const address of ['192.0.2.1', '198.51.100.7', '192.0.2.1'])
    expect(await from(address)).toMatchObject({ ok: true })
})

test('A-11 five wrong passwords from where a client is known let it wait there, and neither elsewhere nor another client', async () => {
  const it = await world()
  const client = await it.client({ name: 'Two places', networks: '192.0.2.1 198.51.100.0/24' })
  const { byPassword } = it.submission.authentication
  const from = (address: string, { login, secret } = client) => byPassword(login, new Redacted(secret), address)
  for (let nth = 0; nth < 5; nth++)
    expect(await from('192.0.2.1', { ...client, secret: 'old' })).toMatchObject({ error: { why: 'login-wrong' } })
  expect(await from('192.0.2.1')).toMatchObject({ error: { why: 'too-many-guesses' } })
  expect(await from('198.51.100.7')).toMatchObject({ ok: true })
  expect(await from('192.0.2.1', it.relay)).toMatchObject({ ok: true })
})

test('A-11 a right password that comes while a wrong one is counted as the fifth is not let in, in another process too', async () => {
  const it = await world()
  const { login, secret } = it.relay
  const [one, other] = [0, 1].map(() => createAuthentication({ db: database.db, clock: systemClock }))
  const guess = (at: typeof one, text: string, nth: number) =>
    at?.byPassword(login, new Redacted(text), `127.0.6.${nth}`)
  for (let nth = 1; nth <= 4; nth++)
    expect(await guess(one, 'guess', nth)).toMatchObject({ error: { why: 'login-wrong' } })
  const blocker = new pg.Client({ connectionString: database.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  await blocker.query(`BEGIN; SELECT FROM "RateLimit" WHERE "key" LIKE '%login:%' FOR UPDATE`)
  const waiting = () =>
    blocker.query('SELECT DISTINCT pid FROM pg_locks WHERE NOT granted').then(({ rowCount }) => rowCount)
  const fifth = guess(one, 'guess', 5)
  await expect.poll(waiting).toBe(1)
  expect(await guess(one, secret, 7)).toMatchObject({ error: { why: 'too-many-guesses' } })
  const right = guess(other, secret, 6)
  await expect.poll(waiting).toBe(2)
  await blocker.query('COMMIT')
  expect([await fifth, await right]).toMatchObject([
    { error: { why: 'login-wrong' } },
    { error: { why: 'too-many-guesses' } },
  ])
})

test('A-11 after a stranger has guessed, a client that opens many connections at once from a new address is let in on each', async () => {
  const it = await world()
  const { login, secret } = it.relay
  const { byPassword } = createAuthentication({ db: database.db, clock: systemClock })
  for (let nth = 1; nth <= 4; nth++) await byPassword(login, new Redacted('guess'), `127.0.6.${nth}`)
  const atOnce = Array.from({ length: 20 }, () => byPassword(login, new Redacted(secret), '127.0.7.1'))
  expect((await Promise.all(atOnce)).filter(({ ok }) => ok)).toHaveLength(20)
})

test('a client that is not let in from an address, or comes with an old password from where it is known, is shown with the reason', async () => {
  const it = await world()
  const { id, login, secret } = it.relay
  const client = () => database.db.client.findUniqueOrThrow({ where: { id } })
  const afterwards: string[] = []
  const logIn = async (password: string) => {
    const talk = await it.begun()
    const answer = await talk.logIn(login, password)
    // Some programs continue without their sign-in, and print only this. A mail server among them keeps its message.
    if (!answer.startsWith('235')) afterwards.push(await talk.ask(`MAIL FROM:<${SENDER}>`))
    await talk.ask('QUIT')
    return answer
  }
  expect(await logIn('a guess of a stranger')).toMatch(/^535 /)
  await database.db.client.update({ where: { id }, data: { networks: ['192.0.2.0/24'] } })
  expect(await logIn(secret)).toMatch(/^550 /)
  await expect.poll(client).toMatchObject({ lastError: 'network-not-allowed' })
  await database.db.client.update({ where: { id }, data: { networks: [] } })
  expect(await logIn(secret)).toMatch(/^235 /)
  await expect.poll(client).toMatchObject({ lastAddress: '127.0.0.1' })
  expect(await logIn('the old password')).toMatch(/^535 /)
  await expect.poll(client).toMatchObject({ lastError: 'login-wrong' })
  // A session is stored when its connection has ended, which may be after the refusal of its client.
  const outcomes = async () => {
    const sessions = await database.db.submissionSession.findMany({ orderBy: { id: 'asc' } })
    return sessions.map(({ clientId, refusal }) => [clientId, refusal])
  }
  const ofClient = ['network-not-allowed', null, 'login-wrong'].map((refusal) => [id, refusal])
  await expect.poll(outcomes).toEqual([[null, 'login-wrong'], ...ofClient])
  expect(await client()).toMatchObject({ lastError: 'login-wrong' })
  const wrong = '454 4.7.0 The sign-in was rejected. User name or password is wrong.'
  const elsewhere = '550 5.7.1 The address 127.0.0.1 may not submit messages here.'
  expect(afterwards.map((answer) => answer.trim())).toEqual([wrong, elsewhere, wrong])
})

test('learning mode lets a device of its networks send without a login over TLS, only as its senders and until it ends, which the answer says, and proposes the senders of its mail', async () => {
  const it = await world()
  const SCANS = 'scans@contoso.example'
  const wanted = { networks: `${LISTED}/32`, senders: `${SENDERS}, ${SCANS}`, minutes: 15 }
  const started = await it.submission.learning.start(caller, wanted)
  if (!started.ok) throw new Error('not started')
  const device = async (entrance: 'starttls' | 'tls', from: string) => {
    const talk = await untilTestEnds(
      (entrance === 'tls' ? SmtpTalk.connectTls : SmtpTalk.connect)(it.ports[entrance] ?? 0, from),
    )
    if (entrance === 'starttls') await talk.begin()
    else for (const line of ['', 'EHLO printer']) await (line ? talk.ask(line) : talk.reply())
    return talk
  }
  for (const entrance of ['starttls', 'tls'] as const) {
    const talk = await device(entrance, LISTED)
    expect(await talk.ask('MAIL FROM:<boss@contoso.example>')).toMatch(/^550 /)
    await talk.envelope(entrance === 'tls' ? SCANS : SENDER, RECIPIENT)
    expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
    expect(await talk.envelope('app@litware.example', 'no address')).toMatch(/^553 /)
    await talk.ask('QUIT')
    expect(await (await device(entrance, '127.0.0.3')).ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^530 /)
  }
  await expect
    .poll(async () => (await it.submission.learning.current())?.devices, { timeout: 5_000 })
    .toMatchObject([{ messages: 2, senders: [SENDER, SCANS] }])
  const unencrypted = await it.open(it.ports.starttls, LISTED)
  await unencrypted.reply()
  await unencrypted.ask('EHLO printer')
  expect(await unencrypted.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^530 /)
  const open = await device('tls', LISTED)
  expect(await open.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^250 /)
  // RFC 4954 §4: the sender was allowed for this client, and not for the one that would sign in.
  expect(await open.ask('AUTH PLAIN AHJlbGF5AGd1ZXNz')).toMatch(/^503 /)
  await it.submission.learning.stop(caller, started.value.id)
  const again = async () => [await open.ask('RSET'), await open.ask(`MAIL FROM:<${SENDER}>`)][1]
  await expect
    .poll(again, { timeout: 3_000 })
    .toBe('550 5.7.1 Learning mode is over. Add this device under Clients so that it can send.')
  expect((await it.submission.learning.start(caller, wanted)).ok).toBe(true)
  await expect.poll(again, { timeout: 3_000 }).toMatch(/^250 /)
  expect(await stored()).toBe(2)
})

test('a message that is on its way while another learning mode replaces that of its device is accepted', async () => {
  let later = 0
  const it = await world({ clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + later } })
  const wanted = { networks: `${LISTED}/32`, senders: SENDERS, minutes: 15 }
  const started = await it.submission.learning.start(caller, wanted)
  if (!started.ok) throw new Error('not started')
  const talk = await untilTestEnds(SmtpTalk.connectTls(it.ports.tls ?? 0, LISTED))
  await talk.reply()
  await talk.ask('EHLO printer')
  await talk.envelope(SENDER, RECIPIENT)
  expect((await it.submission.learning.start(caller, { ...wanted, replaces: started.value.id })).ok).toBe(true)
  later += 2_000 // What the listener has read is older than a second.
  expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
})
