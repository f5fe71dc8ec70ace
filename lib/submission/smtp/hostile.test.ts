import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { processorMs } from '../../../tests/support/processor-time'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { type SubmissionWorldOptions, submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { EXCESS_BYTES_MAX } from '../spool'
import { MESSAGE_BYTES_MAX } from '../submit'
import { LIMITS } from './connection'

/** With `SOAK=1` there are 150 of each kind. */
const SLOW = process.env.SOAK ? 150 : 20

const database = databaseOfEach()

async function world(options: Partial<SubmissionWorldOptions> = {}) {
  const it = await untilTestEnds(submissionWorld({ database, ...options }))
  const talk = async (from?: string, port = it.ports.starttls ?? 0) => {
    const opened = await untilTestEnds(SmtpTalk.connect(port, from))
    return opened
  }
  return { ...it, talk }
}

const SENDER = 'scanner@contoso.example'
const stored = () => database.db.message.count()
const sessions = () => database.db.submissionSession.findMany({ orderBy: { startedAt: 'asc' } })

test('M-10 F-74 an eleventh connection of an address is refused, and those that never end their TLS handshake count too', async () => {
  const it = await world({ entrances: ['starttls', 'tls'] })
  for (let nth = 0; nth < 10; nth++) await it.talk('127.0.0.1', it.ports.tls)
  const refused = await it.talk()
  expect(await refused.reply()).toMatch(/^421 4\.7\.0 Too many connections from 127\.0\.0\.1/)
  await refused.ended()
  const other = await it.talk('127.0.0.2')
  expect(await other.reply()).toMatch(/^220 /)
  await it.close()
  expect((await sessions()).filter(({ refusal }) => refusal === 'too-many-connections')).toHaveLength(1)
})

test('M-10 connections that lost their place do not stay open because they never close their side', async () => {
  const limits = { ...LIMITS, connections: 2, connectionsPerAddress: 1_000 }
  const it = await world({ limits })
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  const before = sockets()
  let lost = 0
  const silent = Array.from({ length: 300 }, () => {
    const socket = connect({ port: it.ports.starttls ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {}).resume()
    Promise.race([once(socket, 'end'), once(socket, 'close')]).then(
      () => lost++,
      () => lost++,
    )
    return socket
  })
  await expect.poll(() => lost, { interval: 5 }).toBe(298)
  expect(sockets() - before - silent.filter(({ destroyed }) => !destroyed).length).toBeLessThan(110)
})

/** A world, and a function that says by how much a message of a normal client takes longer now. The first one of a process takes longest. */
async function worldWithNormalClient() {
  const it = await world()
  const client = await it.client()
  const submit = async () => {
    const normal = await it.talk('127.0.0.3')
    expect(await normal.begin(client)).toMatch(/^235 /)
    expect(await normal.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    expect(await normal.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 2\.0\.0 Accepted/)
    normal.close()
  }
  await submit()
  const startedMs = performance.now()
  await submit()
  const aloneMs = performance.now() - startedMs
  const delayMs = async () => {
    const startedMs = performance.now()
    await submit()
    return performance.now() - startedMs - aloneMs
  }
  return { ...it, client, delayMs }
}

const tenFrom = <T>(address: string, open: (from: string) => Promise<T>) =>
  Promise.all(Array.from({ length: 10 }, () => open(address)))

/** Ten connections from an address that have their greeting or rejection, so that a delay is not that of their coming. */
async function tenGreeted(address: string, open: (from: string) => Promise<SmtpTalk>): Promise<SmtpTalk[]> {
  const opened = await tenFrom(address, open)
  await Promise.all(opened.map((each) => each.reply()))
  return opened
}

test('M-10 with every place taken by 300 clients that do nothing, from 30 addresses, a normal one is delayed by less than 2 s', async () => {
  const { talk, delayMs } = await worldWithNormalClient()
  await Promise.all(Array.from({ length: 30 }, (_, nth) => tenGreeted(`127.0.1.${nth}`, talk)))
  expect(await delayMs()).toBeLessThan(2_000)
})

test(`M-10 while ${SLOW} clients send their message and ${SLOW} their first line a character at a time, a normal one is delayed by less than 2 s`, async () => {
  const { talk, client, delayMs } = await worldWithNormalClient()
  const slow: SmtpTalk[] = []
  for (let nth = 1; nth <= SLOW / 10; nth++) {
    const opened = await tenFrom(`127.0.1.${nth}`, talk)
    for (const each of opened) {
      expect(await each.begin(client)).toMatch(/^235 /)
      expect(await each.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    }
    slow.push(...opened)
  }
  for (let nth = 1; nth <= SLOW / 10; nth++) slow.push(...(await tenGreeted(`127.0.2.${nth}`, talk)))
  const trickle = setInterval(() => {
    for (const each of slow) if (each.socket.writable) each.send('x')
  }, 250)
  onTestFinished(async () => clearInterval(trickle))
  expect(await delayMs()).toBeLessThan(2_000)
  expect(slow.slice(0, SLOW).filter(({ hasEnded }) => hasEnded)).toEqual([])
})

test('M-10 clients that have logged in keep their places, and the next one is asked to come again', async () => {
  const it = await world({ limits: { ...LIMITS, connections: 2 } })
  const client = await it.client()
  const [first, second] = [await it.talk(), await it.talk()]
  for (const each of [first, second]) expect(await each.begin(client)).toMatch(/^235 /)
  expect(await (await it.talk()).reply()).toMatch(/^421 4\.3\.2 Too many connections/)
  expect(await first.ask('NOOP')).toMatch(/^250 /)
})

test.each([
  ['that never ends its line', 'EHLO prin'],
  ['that sends nothing', ''],
])('M-10 F-73 a client %s is disconnected, however slowly it sends', async (_title, start) => {
  const it = await world({ limits: { ...LIMITS, commandMs: 400 } })
  const slow = await it.talk()
  expect(await slow.reply()).toMatch(/^220 /)
  slow.send(start)
  const trickle = setInterval(() => slow.socket.writable && start && slow.send('x'), 50)
  onTestFinished(() => clearInterval(trickle))
  expect(await slow.reply()).toMatch(/^421 4\.4\.2 The connection took too long/)
  await slow.ended()
})

test('M-10 F-74 a client that does not read its answers, or stops within the TLS handshake, is disconnected', async () => {
  const it = await world({ limits: { ...LIMITS, commandMs: 500 }, entrances: ['starttls', 'tls'] })
  const upgrading = await it.talk()
  await upgrading.reply()
  await upgrading.ask('EHLO printer')
  expect(await upgrading.ask('STARTTLS')).toMatch(/^220 /)
  const implicit = await it.talk('127.0.0.1', it.ports.tls)
  const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])
  for (const each of [upgrading, implicit]) each.send(hello)
  await Promise.all([upgrading.ended(), implicit.ended()])
  expect(await stored()).toBe(0)
})

test('a client that waits for a greeting on the port for TLS is distinguished from one whose handshake fails', async () => {
  const it = await world({ limits: { ...LIMITS, commandMs: 500 }, entrances: ['tls'] })
  const open = () => it.talk('127.0.0.1', it.ports.tls)
  const [waiting, leaving, stopping] = [await open(), await open(), await open()]
  stopping.send(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]))
  leaving.close()
  await Promise.all([waiting.ended(), stopping.ended()])
  await it.close()
  const refusals = (await sessions()).map(({ refusal }) => refusal)
  expect(refusals.sort()).toEqual(['tls-not-begun', 'tls-not-begun', 'too-long'])
})

test('M-10 a message that stops coming, or comes forever, is cut and leaves nothing', async () => {
  const it = await world({ limits: { ...LIMITS, dataMs: 300, sessionMs: 2_500 } })
  const client = await it.client()
  const [stopping, trickling] = [await it.talk(), await it.talk()]
  for (const each of [stopping, trickling]) {
    await each.begin(client)
    expect(await each.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    each.send('Subject: q\r\n\r\nx\r\n')
  }
  const trickle = setInterval(() => trickling.socket.writable && trickling.send('x\r\n'), 50)
  onTestFinished(() => clearInterval(trickle))
  const ended: string[] = []
  const end = async (name: string, talk: typeof stopping) => {
    expect(await talk.reply()).toMatch(/^421 4\.4\.2/)
    ended.push(name)
  }
  await Promise.all([end('trickling', trickling), end('stopping', stopping)])
  expect(ended, 'the limit of a pause comes before that of the whole connection').toEqual(['stopping', 'trickling'])
  await it.close()
  expect(await stored()).toBe(0)
})

test('M-10 a connection that keeps submitting is not ended by the limit for the whole connection', async () => {
  const it = await world({ limits: { ...LIMITS, sessionMs: 1_000 } })
  const busy = await it.talk()
  await busy.begin(await it.client())
  const untilMs = performance.now() + 2_000
  while (performance.now() < untilMs) {
    expect(await busy.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    expect(await busy.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  }
})

test('M-07 a client that talks before the greeting is disconnected', async () => {
  const it = await world()
  const early = await it.talk()
  early.send('EHLO printer\r\n')
  expect(await early.reply()).toMatch(/^421 4\.7\.0 The device did not wait for the greeting/)
  await early.ended()
})

test.each([
  ['without a login', null, 25],
  ['after a login', 'login', 1_050],
])('M-10 a flood of commands %s ends the connection', async (_title, login, count) => {
  const it = await world()
  const flood = await it.talk()
  await flood.begin(login ? await it.client() : undefined)
  flood.send('NOOP\r\n'.repeat(count))
  let last = ''
  while (!flood.hasEnded) last = (await flood.reply()) || last
  expect(last).toMatch(/^421 4\.7\.0 Too many commands/)
})

test('M-10 a connection may send as many commands again once a message is accepted', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  for (let message = 0; message < 2; message++) {
    talk.send('NOOP\r\n'.repeat(600))
    for (let nth = 0; nth < 600; nth++) expect(await talk.reply()).toMatch(/^250 /)
    expect(await talk.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  }
})

test('M-07 STARTTLS that comes in pieces is understood, and what follows it in clear text ends the connection', async () => {
  const it = await world()
  const [pieces, injecting] = [await it.talk(), await it.talk('127.0.0.2')]
  for (const talk of [pieces, injecting]) {
    await talk.reply()
    await talk.ask('EHLO printer')
  }
  for (const piece of ['START', 'TLS', '\r\n']) {
    pieces.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await pieces.reply()).toMatch(/^220 /)
  await pieces.secure()
  expect(await pieces.ask('EHLO printer')).toContain('AUTH')
  injecting.send('STARTTLS\r\nNOOP\r\n')
  expect(await injecting.reply()).toMatch(/^501 /)
  await injecting.ended()
})

test('M-07 the third wrong password ends the connection', async () => {
  const it = await world()
  const { login } = await it.client()
  const guessing = await it.talk()
  await guessing.begin()
  expect(await guessing.logIn(login, 'a')).toMatch(/^535 5\.7\.8/)
  expect(await guessing.logIn(login, 'b')).toMatch(/^535 5\.7\.8/)
  expect(await guessing.logIn(login, 'c')).toMatch(/^421 4\.7\.0/)
  await guessing.ended()
})

test('M-07 a client that is disabled reads so however often it signs in on one connection', async () => {
  const it = await world()
  const { id, login, secret } = await it.client()
  await it.submission.clients.disable(caller, id)
  const talk = await it.talk()
  await talk.begin()
  for (let nth = 0; nth < 4; nth++)
    expect(await talk.logIn(login, secret)).toMatch(/^550 5\.7\.1 The client \S+ is disabled/)
})

test('M-07 no login without TLS, and the session says so', async () => {
  const it = await world()
  const { login, secret } = await it.client()
  const clear = await it.talk()
  await clear.reply()
  expect(await clear.ask('EHLO printer')).not.toContain('AUTH')
  const answer = /^530 5\.7\.0 Encrypt the connection with STARTTLS first/
  expect(await clear.ask('MAIL FROM:<scanner@contoso.example>')).toMatch(answer)
  expect(await clear.logIn(login, secret)).toMatch(answer)
  await it.close()
  expect((await sessions())[0]).toMatchObject({ refusal: 'login-unencrypted', clientId: null })
})

test('S-01 a session does not show the secret of a device that continues after a refused login, or has it in the wrong field', async () => {
  const it = await world()
  const { login, secret } = await it.client()
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const clear = await it.talk()
  await clear.reply()
  await clear.ask('EHLO printer')
  for (const line of ['AUTH LOGIN', base64(login), base64(secret), 'NOOPS', 'XYZ']) await clear.ask(line)
  const mixedUp = await it.talk()
  await mixedUp.begin({ login: secret, secret: login })
  await it.close()
  const [first, second] = await sessions()
  const stages = first?.stages as { detail?: string }[]
  expect(stages.map(({ detail }) => detail).slice(0, 6)).toEqual(['127.0.0.1', 'AUTH', '', '', '', 'XYZ'])
  expect(second?.login).toBe('[secret]')
  expect(JSON.stringify(second)).not.toContain(secret)
})

test.each([
  ['MAIL FROM:<scanner@contoso.example> FOO=1', /^555 5\.5\.4 The parameter FOO is not supported/],
  ['MAIL FROM:<scanner@contoso.example> RET=FULL', /^555 /],
  ['MAIL FROM:<scanner@contoso.example> REQUIRETLS', /^555 /],
  ['MAIL FROM:<scanner@contoso.example> BODY=BINARYMIME', /^501 /],
  [`MAIL FROM:<scanner@contoso.example> SIZE=${26 * 1024 ** 2}`, /^552 5\.3\.4/],
  ['MAIL FROM:<scanner@contoso.example> SIZE=100 BODY=8BITMIME SMTPUTF8 AUTH=<>', /^250 /],
  ['MAIL FROM:<>', /^550 5\.7\.1 A message needs a sender/],
  ['EXPN all', /^500 /],
  ['XCLIENT ADDR=10.0.0.1', /^500 /],
  ['XFORWARD ADDR=10.0.0.1', /^500 /],
  ['BDAT 5 LAST', /^500 /],
  ['DATA x', /^501 /],
  ['POST / HTTP/1.1', /^421 /],
])('M-07 %s is answered as it must be', async (line, answer) => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  expect(await talk.ask(line)).toMatch(answer)
})

test('M-04 a recipient with parameters is refused with 555, one in Latin-1 with 553, and the 101st with 452 while the others get the message', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  expect(await talk.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^250 /)
  expect(await talk.ask('RCPT TO:<a@fabrikam.example> NOTIFY=NEVER')).toMatch(/^555 /)
  talk.send(Buffer.from('RCPT TO:<m\xfcller@fabrikam.example>\r\n', 'latin1'))
  expect(await talk.reply()).toMatch(/^553 5\.1\.3 m/)
  expect(await talk.ask('RCPT TO:<nobody>')).toMatch(/^553 5\.1\.3 nobody/)
  for (let nth = 0; nth < 99; nth++) expect(await talk.ask(`RCPT TO:<r${nth}@fabrikam.example>`)).toMatch(/^250 /)
  // The library counts it as the first one.
  expect(await talk.ask('RCPT TO:<R0@fabrikam.example>')).toMatch(/^250 /)
  expect(await talk.ask('RCPT TO:<r100@fabrikam.example>')).toMatch(/^452 4\.5\.3 Too many recipients, at most 100/)
  await talk.ask('DATA')
  expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
  expect(await database.db.recipient.count()).toBe(100)
  expect(await talk.ask('MAIL FROM:<scanner>')).toMatch(/^553 5\.1\.7 scanner/)
})

test('M-10 a message of lines that begin with dots takes little more work than any other', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  const workMs = async (line: string) => {
    expect(await talk.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    const beforeMs = processorMs()
    talk.send(`Subject: q\r\n\r\n${line.repeat(200_000)}`)
    expect(await talk.ask('.')).toMatch(/^250 /)
    return processorMs() - beforeMs
  }
  const plainMs = await workMs('xx\r\n')
  expect(await workMs('..\r\n')).toBeLessThan(plainMs + 300)
})

test('M-09 a message over 25 MiB is read to its end, answered with 552, and not one byte of it is stored', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  await talk.envelope(SENDER, 'anna@fabrikam.example')
  const line = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(1_000))
  talk.send('Subject: q\r\n\r\n')
  for (let nth = 0; nth < 29; nth++) talk.send(line)
  expect(await talk.ask('.')).toMatch(/^552 5\.3\.4 The message is too large, at most 25 MiB/)
  expect(await talk.ask('NOOP')).toMatch(/^250 /)
  expect(await stored()).toBe(0)
  expect(readdirSync(it.spoolFolder)).toEqual([])
})

test('M-09 a message that never ends is cut with 552 although its client waits for no answer, and not one byte of it is stored', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  await talk.envelope(SENDER, 'anna@fabrikam.example')
  const line = `${'x'.repeat(998)}\r\n`
  const piece = Buffer.from(line.repeat(1_000))
  const bytesMax = MESSAGE_BYTES_MAX + EXCESS_BYTES_MAX
  for (let sent = 0; sent <= bytesMax; sent += piece.length) talk.send(piece)
  // No final dot follows.
  expect(await talk.reply()).toMatch(/^552 5\.3\.4 The message is too large, at most 25 MiB/)
  await talk.ended()
  await it.close()
  expect(await sessions()).toMatchObject([{ refusal: 'too-large' }])
  expect(await stored()).toBe(0)
})

test.each([
  ['vanishes', (talk: SmtpTalk) => talk.close()],
  ['closes its side', (talk: SmtpTalk) => talk.socket.end()],
])('F-74 a client that %s within its message leaves nothing, and its session says why', async (_, leave) => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  await talk.envelope(SENDER, 'anna@fabrikam.example')
  talk.send(`Subject: q\r\n\r\n${'x'.repeat(70)}\r\n`)
  leave(talk)
  await talk.ended()
  await expect.poll(async () => (await sessions())[0]?.refusal).toBe('client-gone')
  expect(await stored()).toBe(0)
})

test('F-74 a client that leaves after the final dot has submitted its message once', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin(await it.client())
  await talk.envelope(SENDER, 'anna@fabrikam.example')
  talk.socket.write('Subject: q\r\n\r\nok\r\n.\r\n', () => talk.close())
  await expect.poll(stored).toBe(1)
})

test.each(['starttls', 'plain'] as const)(
  'F-74 a client that closes its side after the final dot and QUIT gets both answers, by %s',
  async (entrance) => {
    const it = await world({ entrances: ['starttls', 'plain'] })
    // Before the connection, because without a login its address decides whether it is let in.
    const client = entrance === 'starttls' ? await it.client() : await it.client({ networks: '127.0.0.0/8' }, 'network')
    const talk = await it.talk('127.0.0.1', it.ports[entrance])
    if (entrance === 'starttls') await talk.begin(client)
    else {
      await talk.reply()
      await talk.ask('EHLO exim')
    }
    await talk.envelope(SENDER, 'anna@fabrikam.example')
    talk.socket.end('Subject: q\r\n\r\nok\r\n.\r\nQUIT\r\n')
    expect(await talk.reply()).toMatch(/^250 2\.0\.0 Accepted/)
    expect(await talk.reply()).toMatch(/^221 /)
    await talk.ended()
  },
)

test.each(['', 'EHLO printer\r\n'])(
  'F-74 a client that closes its side after %j is disconnected at once, with and without TLS',
  async (line) => {
    const it = await world({ entrances: ['starttls', 'tls'] })
    const [clear, upgrading, implicit] = [await it.talk(), await it.talk(), await it.talk('127.0.0.1', it.ports.tls)]
    await clear.reply()
    await upgrading.reply()
    await upgrading.ask('EHLO printer')
    await upgrading.ask('STARTTLS')
    for (const each of [clear, upgrading, implicit]) each.socket.end(line)
    await Promise.all([clear, upgrading, implicit].map((each) => each.ended()))
    await it.close()
    expect(await database.db.submissionSession.count()).toBe(3)
  },
)

test('R-11 a stop refuses new messages with 421 and lets the one that is arriving end', async () => {
  const it = await world()
  const [idle, sending] = [await it.talk(), await it.talk()]
  const client = await it.client()
  for (const each of [idle, sending]) await each.begin(client)
  await sending.envelope(SENDER, 'anna@fabrikam.example')
  const closed = it.close(5_000)
  expect(await idle.reply()).toMatch(/^421 4\.3\.2 The server is restarting/)
  await expect(SmtpTalk.connect(it.ports.starttls ?? 0)).rejects.toThrow()
  expect(await sending.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 2\.0\.0 Accepted/)
  expect(await sending.reply()).toMatch(/^421 4\.3\.2/)
  await closed
  expect(await stored()).toBe(1)
})

test('R-11 a command that a stop finds under way is answered, and the next one refused with 421', async () => {
  const it = await world()
  const { login, secret } = await it.client()
  const talk = await it.talk()
  await talk.begin()
  let closed: Promise<void> | undefined
  await database.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "Client" IN ACCESS EXCLUSIVE MODE`
    talk.send(`AUTH PLAIN ${Buffer.from(`\0${login}\0${secret}`).toString('base64')}\r\n`)
    const waiting = () => tx.$queryRaw`SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE d.datname = current_database() AND NOT l.granted AND l.relation = '"Client"'::regclass`
    await expect.poll(waiting, { interval: 5 }).toEqual([{ count: 1 }])
    closed = it.close(5_000)
  })
  expect(await talk.reply()).toMatch(/^235 /)
  expect(await talk.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^421 4\.3\.2 The server is restarting/)
  await closed
})

test('R-11 F-56 a stop ends a client that does not finish its message in time', async () => {
  const it = await world()
  const sending = await it.talk()
  await sending.begin(await it.client())
  await sending.envelope(SENDER, 'anna@fabrikam.example')
  await it.close(200)
  await sending.ended()
  expect(await stored()).toBe(0)
})

test('M-10 a user name that is cut within a character keeps neither its session nor those of others from being recorded', async () => {
  const it = await world()
  const odd = await it.talk()
  await odd.begin()
  expect(await odd.logIn(`${'a'.repeat(253)}\u{1f4e7}`, 'x')).toMatch(/^535 /)
  odd.close()
  const other = await it.talk('127.0.0.2')
  await other.begin()
  other.close()
  await it.close()
  expect((await sessions()).map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.2'])
})

test('S-14 characters by which a client would turn or hide what a page shows of it are recorded as text', async () => {
  const it = await world()
  const talk = await it.talk()
  await talk.begin()
  await talk.ask('EHLO \u202ereverse')
  await talk.logIn('\u2069\u202escanner', 'x')
  await talk.ask('MAIL FROM:<\u2066a@contoso.example> X\u200b=1')
  talk.close()
  await it.close()
  const [session] = await sessions()
  expect(session).toMatchObject({ helo: '\\u202ereverse', login: '\\u2069\\u202escanner' })
  expect(JSON.stringify(session)).not.toMatch(/[\u200b-\u202e\u2066-\u2069]/)
})

test.each(['a([192.0.2.1])', 'printer\u00e4', 'a;b'])(
  'M-02 a client that calls itself %j does not write that into a header',
  async (name) => {
    const it = await world()
    const talk = await it.talk()
    await talk.begin(await it.client())
    await talk.ask(`EHLO ${name}`)
    await talk.envelope(SENDER, 'anna@fabrikam.example')
    expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(/^250 /)
    const { bytes } = await database.db.messageBody.findFirstOrThrow()
    expect(Buffer.from(bytes).toString()).toMatch(/^Received: from unknown \(\[127\.0\.0\.1\]\)/)
  },
)
