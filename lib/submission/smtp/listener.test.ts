import os from 'node:os'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { savePolicyRules } from '../../../tests/support/saved-policy'
import { startSmtp } from '../../../tests/support/servers'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { type SubmissionWorldOptions, submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { checked } from '../../../tests/support/wire-safe'
import { newId } from '../../kernel'
import { NO_RULES } from '../../policy'
import { takeIn } from '../intake'

const database = databaseOfEach()

async function world(options: Partial<SubmissionWorldOptions> = {}) {
  const it = await untilTestEnds(submissionWorld({ database, ...options }))
  const transport = (user: string, pass: string, more: object = {}) => {
    const created = createTransport({
      host: 'localhost',
      port: it.ports.starttls,
      requireTLS: true,
      tls: { ca: it.ca },
      auth: { user, pass },
      ...more,
    })
    onTestFinished(async () => created.close())
    return created
  }
  return { ...it, transport }
}

const MAIL = {
  from: 'Third floor <scanner@contoso.example>',
  to: 'anna@fabrikam.example',
  subject: 'Grüße vom Scanner',
  text: 'Scan\r\n.dot\r\n',
}

test('R-01 a message of a client is in the outbox when the client gets its answer, and goes out', async () => {
  const smtp = await untilTestEnds(startSmtp({ security: 'none' }))
  const it = await world({ port: smtp.port })
  const { id, login, secret } = await it.client()
  const sent = await it.transport(login, secret).sendMail(MAIL)
  expect(sent.response).toMatch(/^250 2\.0\.0 Accepted as [0-9a-f-]{36}$/)
  const row = await database.db.message.findFirstOrThrow()
  expect(row).toMatchObject({
    source: 'smtp',
    clientId: id,
    originator: 'scanner@contoso.example',
    returnPath: 'scanner@contoso.example',
    subject: 'Grüße vom Scanner',
    state: 'queued',
  })
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => smtp.messages.length).toBe(1)
  const text = smtp.messages[0] ?? ''
  expect(text).toMatch(
    /^From: Contoso <noreply@contoso\.example>\r\nReceived: from \S+ \(\[127\.0\.0\.1\]\)\r\n\tby console\.contoso\.example with ESMTPSA id /,
  )
  expect(text).toContain('\r\nSubject: =?UTF-8?')
  expect(text).toMatch(/\r\n\r\nScan\r\n\.\.dot(\r\n)?$/)
})

test('M-07 a wrong password is refused with its reason', async () => {
  const it = await world()
  const { login } = await it.client()
  await expect(it.transport(login, 'wrong').sendMail(MAIL)).rejects.toThrow(
    /535 5\.7\.8 User name or password is wrong/,
  )
})

test('M-08 a client sends only as its allowed senders, in the envelope and in From', async () => {
  const it = await world()
  const { login, secret } = await it.client()
  const transport = it.transport(login, secret)
  await expect(transport.sendMail({ ...MAIL, from: 'boss@contoso.example' })).rejects.toThrow(
    /550 5\.7\.1 Scanner may not send as boss@contoso\.example/,
  )
  const envelope = { from: 'scanner@contoso.example', to: MAIL.to }
  await expect(transport.sendMail({ ...MAIL, from: 'boss@contoso.example', envelope })).rejects.toThrow(
    /550 5\.7\.1 Scanner may not send messages from boss@contoso\.example/,
  )
  expect(await database.db.message.count()).toBe(0)
})

test('M-08 a sender that a client may use no more when its text has come is refused, although From is allowed', async () => {
  const it = await world()
  const { id, login, secret } = await it.client({ senders: '*@contoso.example' })
  const talk = await SmtpTalk.connect(it.ports.starttls ?? 0)
  onTestFinished(async () => talk.close())
  await talk.begin({ login, secret })
  expect(await talk.envelope('boss@contoso.example', MAIL.to)).toMatch(/^354 /)
  await database.db.client.update({ where: { id }, data: { senders: ['scanner@contoso.example'] } })
  await expect
    .poll(
      async () =>
        await it
          .transport(login, secret)
          .sendMail({ ...MAIL, from: 'boss@contoso.example' })
          .catch(String),
    )
    .toMatch(/550/)
  expect(await talk.ask('From: scanner@contoso.example\r\n\r\nx\r\n.')).toMatch(
    /^550 5\.7\.1 Scanner may not send messages from boss@contoso\.example/,
  )
})

test('M-08 a message names no other sender in Sender, Resent-From and Resent-Sender either, and is not refused for it', async () => {
  const smtp = await untilTestEnds(startSmtp({ security: 'none' }))
  const it = await world({ port: smtp.port })
  const [own, other] = ['noreply@contoso.example', 'scanner@contoso.example']
  const { login, secret } = await it.client({ senders: `${own}, ${other}` })
  const transport = it.transport(login, secret, { pool: true, maxConnections: 1 })
  const submit = (...header: string[]) =>
    transport.sendMail({
      envelope: { from: own, to: MAIL.to },
      raw: [...header, `To: ${MAIL.to}`, '', 'x', ''].join('\r\n'),
    })
  const resent = [`Resent-From: Scan <${other}>`, `Resent-Sender: ${other}`]
  await submit(...resent, `Sender: Scan\r\n <${other}>`, `From: Desk <${own}>`)
  // Recipients see another From, which this Sender has not written.
  await submit(`From: ${other}`, `Sender: ${other}`, `Reply-To : ${other}`)
  await submit(
    ...[`From: ${own}`, 'sEnder : boss@contoso.example', `Sender: "${own}" <boss@contoso.example>`, 'Sender: boss'],
    ...[`Resent-From: ${own},\r\n boss@contoso.example`, `Resent-Sender: ${own} <boss@contoso.example>`],
  )
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => smtp.messages.length).toBe(3)
  const heads = smtp.messages.map((text) =>
    text.replace(/Received: [^;]*; *\r\n[^\r]*\r\n|^(?:Date|Message-ID): .*\r\n/gm, ''),
  )
  expect(heads.map((text) => text.split('\r\n\r\n')[0])).toEqual([
    [`From: Desk <${own}>`, 'Sender: Scan', ` <${other}>`, ...resent, `To: ${MAIL.to}`].join('\r\n'),
    [`From: Contoso <${own}>`, `Reply-To : ${other}`, `To: ${MAIL.to}`].join('\r\n'),
    [`From: ${own}`, `To: ${MAIL.to}`].join('\r\n'),
  ])
})

type World = Awaited<ReturnType<typeof world>>
/** What it is answered next; `open` on a connection that was open before, if a connection of the pool ends so and a new one is refused. */
const ENDS: [title: string, end: (it: World, id: string) => Promise<unknown>, answer: string, open?: string][] = [
  [
    'is disabled',
    ({ submission }, id) => submission.clients.disable(caller, id),
    '550 5.7.1 The client Scanner is disabled',
  ],
  [
    'gets another password',
    ({ submission }, id) => submission.clients.resetSecret(caller, id),
    '535 5.7.8',
    '421 4.7.0 The password of this client was reset.',
  ],
  [
    'may come from other networks only',
    () => database.db.client.updateMany({ data: { networks: ['192.0.2.0/24'] } }),
    '550 5.7.1 The address 127.0.0.1 may not submit',
  ],
]

test.each(ENDS)(
  'a client that %s is refused on an open connection too, once it has been read again',
  async (_, end, answer, open = answer) => {
    const it = await world()
    const { id, login, secret } = await it.client()
    const transport = it.transport(login, secret, { pool: true, maxConnections: 1 })
    await transport.sendMail(MAIL)
    const talk = await SmtpTalk.connect(it.ports.starttls ?? 0)
    onTestFinished(async () => talk.close())
    await talk.begin({ login, secret })
    expect(await talk.envelope('scanner@contoso.example', MAIL.to)).toMatch(/^354 /)
    await end(it, id)
    await expect
      .poll(
        () =>
          transport.sendMail(MAIL).then(
            () => 'sent',
            (error: Error) => error.message,
          ),
        { timeout: 3_000 },
      )
      .toContain(answer)
    // So is the message whose envelope was accepted before.
    expect(await talk.ask('Subject: q\r\n\r\nx\r\n.')).toContain(open)
  },
)

test('a device that is now of another client submits as that one on an open connection too, as on a new one', async () => {
  const it = await world({ entrances: ['plain'] })
  const networks = '127.0.0.0/8'
  const { id: first } = await it.client({ networks }, 'network')
  const talk = await SmtpTalk.connect(it.ports.plain ?? 0)
  onTestFinished(async () => talk.close())
  await talk.reply()
  const greeted = await talk.ask('EHLO scanner')
  expect(greeted).toMatch(/^250/)
  const mailFrom = async () => {
    await talk.ask('RSET')
    return talk.ask('MAIL FROM:<scanner@contoso.example>')
  }
  expect(await mailFrom()).toMatch(/^250 /)
  await it.submission.clients.remove(caller, first)
  await expect.poll(mailFrom, { timeout: 3_000 }).toMatch(/^550 5\.7\.1/)
  const { id } = await it.client({ name: 'Desk', networks }, 'network')
  await expect.poll(mailFrom, { timeout: 3_000 }).toMatch(/^250 /)
  talk.close()
  await it.close()
  expect(await database.db.submissionSession.findFirst()).toMatchObject({ clientId: id })
})

const hasIpv6 = Object.values(os.networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))

test.runIf(hasIpv6)(
  'a device at an IPv4 address is matched with IPv4 networks and listed so by a listener on :: too',
  async () => {
    const it = await world({ entrances: ['plain'], host: '::' })
    const { id } = await it.client({ networks: '127.0.0.0/8' }, 'network')
    const talk = await SmtpTalk.connect(it.ports.plain ?? 0)
    onTestFinished(async () => talk.close())
    await talk.reply()
    await talk.ask('EHLO scanner')
    expect(await talk.ask('MAIL FROM:<scanner@contoso.example>')).toMatch(/^250 /)
    talk.close()
    await it.close()
    expect(await database.db.submissionSession.findFirst()).toMatchObject({ clientId: id, address: '127.0.0.1' })
  },
)

test('a device that has a smaller network client now submits as that one on an open connection too, and back', async () => {
  const it = await world({ entrances: ['plain'] })
  await it.client({ networks: '127.0.0.0/8' }, 'network')
  const talk = await SmtpTalk.connect(it.ports.plain ?? 0)
  onTestFinished(async () => talk.close())
  await talk.reply()
  await talk.ask('EHLO scanner')
  const mailFrom = async () => {
    await talk.ask('RSET')
    return talk.ask('MAIL FROM:<scanner@contoso.example>')
  }
  expect(await mailFrom()).toMatch(/^250 /)
  const desk = { name: 'Desk', networks: '127.0.0.1', senders: 'desk@contoso.example' }
  const { id } = await it.client(desk, 'network')
  await expect.poll(mailFrom, { timeout: 3_000 }).toMatch(/^550 5\.7\.1/)
  await it.submission.clients.remove(caller, id)
  await expect.poll(mailFrom, { timeout: 3_000 }).toMatch(/^250 /)
  talk.close()
  await it.close()
})

test('R-08 a client that sends more than its own limit allows is asked to wait', async () => {
  const it = await world()
  const { login, secret } = await it.client({ maxPerMinute: '1' })
  const transport = it.transport(login, secret)
  await transport.sendMail(MAIL)
  await expect(transport.sendMail(MAIL)).rejects.toThrow(/450 4\.7\.1 /)
  expect(await database.db.message.count()).toBe(1)
  const { expire } = await database.db.rateLimit.findFirstOrThrow({ where: { key: { startsWith: 'client-rate:' } } })
  expect(Number(expire) - Date.now()).toBeLessThanOrEqual(60_000)
})

test('R-24 a rule that declines one recipient for the author in From does not refuse the message to the others', async () => {
  const it = await world()
  const boss = { kind: 'address', address: 'boss@contoso.example' } as const
  const ben = { kind: 'address', address: 'ben@fabrikam.example' } as const
  const rule = { id: newId(), name: 'Kept in', enabled: true, senders: [boss], recipients: [ben] }
  await savePolicyRules(database.db, { ...NO_RULES, rules: [{ ...rule, outcome: { verdict: 'decline' } }] })
  const { login, secret } = await it.client({ senders: `${boss.address} scanner@contoso.example` })
  const send = (...to: string[]) =>
    it
      .transport(login, secret)
      .sendMail({ ...MAIL, from: boss.address, envelope: { from: 'scanner@contoso.example', to } })
  await expect(send(ben.address)).rejects.toThrow(/Kept in/)
  expect((await send('anna@fabrikam.example', ben.address)).response).toMatch(/^250 /)
  expect(await database.db.message.count()).toBe(1)
})

test('replies to commands that came together leave together', async () => {
  const it = await world()
  const talk = await SmtpTalk.connect(it.ports.starttls ?? 0)
  onTestFinished(async () => talk.close())
  expect(await talk.begin(await it.client())).toMatch(/^235/)
  const pieces: string[] = []
  talk.socket.on('data', (chunk: Buffer) => pieces.push(chunk.toString()))
  talk.send('MAIL FROM:<scanner@contoso.example>\r\nRCPT TO:<anna@fabrikam.example>\r\nDATA\r\n')
  for (const code of ['250', '250', '354']) expect(await talk.reply()).toMatch(new RegExp(`^${code}`))
  // The first of them needs the database, the others do not.
  expect(pieces.at(-1)).toMatch(/250 [^\r\n]*\r\n354 /)
  expect(await talk.ask('Subject: Scan\r\n\r\nScan\r\n.')).toMatch(/^250 2\.0\.0 Accepted/)
})

test('M-09 a message with 50 hops is accepted, and one with 51 refused', () => {
  const arrival = { at: new Date(), id: 'id', from: 'a', by: 'b', protocol: 'ESMTPSA', sender: 'a@contoso.example' }
  const hop = 'Received: from a by b; Fri, 27 Nov 2026 03:00:00 +0000\r\n'
  const after = (hops: number) => takeIn(checked(`${hop.repeat(hops)}\r\nx\r\n`), arrival, () => true)
  expect(after(50).ok).toBe(true)
  expect(after(51)).toMatchObject({ ok: false, error: { code: 'too-many-hops' } })
})
