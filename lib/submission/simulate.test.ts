import SmtpConnection from 'nodemailer/lib/smtp-connection'
import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { caller } from '../../tests/support/mail-server'
import { savePolicyRules } from '../../tests/support/saved-policy'
import { submissionWorld } from '../../tests/support/submission'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { newId } from '../kernel'
import { NO_RULES } from '../policy'
import type { Entrance } from './entrance'
import { smtpReply } from './refusal'
import { MESSAGE_BYTES_MAX } from './submit'

const database = databaseOfEach()

const SENDER = 'scanner@contoso.example'
const TO = 'anna@fabrikam.example'

async function world(entrances: readonly Entrance[] = ['starttls', 'plain']) {
  const to = [{ kind: 'domain' as const, domain: 'litware.example' }]
  const rule = { id: newId(), name: 'Keep in', enabled: true, senders: [], recipients: to }
  await savePolicyRules(database.db, { ...NO_RULES, rules: [{ ...rule, outcome: { verdict: 'decline' } }] })
  return untilTestEnds(submissionWorld({ database, entrances }))
}

interface Attempt {
  login?: { user: string; pass: string }
  sender?: string
  recipients?: string[]
  /** For the simulator alone. */
  sizeBytes?: number
  address?: string
}

/** What the real listener answers: the first refusal, or null. */
async function answerOf(it: Awaited<ReturnType<typeof world>>, { login, sender = SENDER, recipients = [TO] }: Attempt) {
  const { starttls, plain = starttls } = it.ports
  const port = login && starttls ? starttls : plain
  const connection = new SmtpConnection({
    host: '127.0.0.1',
    port,
    ignoreTLS: port !== starttls,
    requireTLS: port === starttls,
    tls: { rejectUnauthorized: false },
  })
  const refused = new Promise<string>((resolve) => connection.once('error', (error) => resolve(error.response ?? '')))
  const step = (act: (done: (error?: { response?: string } | null) => void) => void) =>
    new Promise<string | null>((resolve) => act((error) => resolve(error ? (error.response ?? `${error}`) : null)))
  try {
    const opened = await Promise.race([step((done) => connection.connect(done)), refused])
    if (opened !== null) return opened
    const signedIn = login && (await step((done) => connection.login(login, done)))
    if (signedIn) return signedIn
    return await step((done) => connection.send({ from: sender, to: recipients }, 'Subject: a\r\n\r\nb\r\n', done))
  } finally {
    connection.close()
  }
}

const simulated = async (
  it: Awaited<ReturnType<typeof world>>,
  { login, sender = SENDER, recipients = [TO], sizeBytes = 100, address = '127.0.0.1' }: Attempt,
) => {
  const input = { ports: it.ports, address, login: login?.user ?? '', sender, recipients, sizeBytes }
  const { refusal } = await it.submission.simulate(input)
  if (refusal === null) return null
  const { code, text } = smtpReply(refusal)
  return `${code} ${text}`
}

test('the simulator says what the listener answers', async () => {
  const it = await world()
  const anywhere = await it.client()
  const elsewhere = await it.client({ name: 'Elsewhere', networks: '192.0.2.0/24' })
  const disabled = await it.client({ name: 'Disabled' })
  await it.submission.clients.disable(caller, disabled.id)
  const loginOf = (client: { login: string; secret: string }) => ({ user: client.login, pass: client.secret })
  const cases: Record<string, Attempt> = {
    'an unlisted address without a login': {},
    'an allowed sender': { login: loginOf(anywhere) },
    'a user name in upper case': { login: { user: anywhere.login.toUpperCase(), pass: anywhere.secret } },
    'a foreign sender': { login: loginOf(anywhere), sender: 'boss@contoso.example' },
    'the postmaster without a domain': { login: loginOf(anywhere), recipients: ['postmaster'] },
    'an invalid recipient': { login: loginOf(anywhere), recipients: [`anna@${'f'.repeat(64)}.example`] },
    'a recipient that a rule declines': { login: loginOf(anywhere), recipients: ['info@litware.example'] },
    'an address outside its networks': { login: loginOf(elsewhere) },
    'a disabled client': { login: loginOf(disabled) },
    'an unknown user name': { login: { user: 'nobody', pass: 'wrong' } },
  }
  const answers = new Set<string | null>()
  for (const [title, attempt] of Object.entries(cases)) {
    const answer = await answerOf(it, attempt)
    expect(await simulated(it, attempt), title).toBe(answer)
    answers.add(answer)
  }
  // Two of the cases have one answer: no network has the address.
  expect([...answers].map((answer) => answer?.slice(0, 9) ?? 'accepted').sort()).toEqual(
    ['accepted', ...['535 5.7.8', '550 5.7.1', '550 5.7.1', '550 5.7.1', '550 5.7.1', '553 5.1.3']].sort(),
  )
  const ofSize = (sizeBytes: number) => simulated(it, { login: loginOf(anywhere), sizeBytes })
  expect(await ofSize(MESSAGE_BYTES_MAX)).toBeNull()
  expect(await ofSize(MESSAGE_BYTES_MAX + 1)).toBe('552 5.3.4 The message is too large, at most 25 MiB.')
})

test('an IPv4 address in the form of IPv6 is named in the simulator as the listener names it', async () => {
  const it = await world()
  expect(await simulated(it, { address: '::ffff:127.0.0.1' })).toBe(await answerOf(it, {}))
})

test('without a port for listed networks, simulator and listener let in learning mode alone without a sign-in', async () => {
  const it = await world(['starttls'])
  await it.client({ networks: '127.0.0.0/8' }, 'network')
  expect(await answerOf(it, {})).toBe('530 5.7.0 Sign in first.')
  expect(await simulated(it, {})).toBe('530 5.7.0 Sign in first.')
  await it.submission.learning.start(caller, { networks: '127.0.0.0/8', senders: SENDER, minutes: 15 })
  expect(await simulated(it, {})).toBeNull()
  await expect.poll(() => answerOf(it, {}), { timeout: 3_000 }).toBeNull()
})

test('a port for listed networks alone takes no sign-in, in the simulator too', async () => {
  const it = await world(['plain'])
  await it.client({ name: 'Here', networks: '127.0.0.0/8' }, 'network')
  const { login, secret } = await it.client()
  const attempt = { login: { user: login, pass: secret } }
  const answer = await answerOf(it, attempt)
  expect(answer).toMatch(/^502 5\.5\.1 /)
  expect(await simulated(it, attempt)).toBe(answer)
})

test('a listed network and learning mode are recognised by simulator and listener alike, until they end', async () => {
  const it = await world()
  const started = await it.submission.learning.start(caller, { networks: '127.0.0.0/8', senders: SENDER, minutes: 15 })
  if (!started.ok) throw new Error('not started')
  const both = async (attempt: Attempt = {}) => [await answerOf(it, attempt), await simulated(it, attempt)]
  expect(await both()).toEqual([null, null])
  const [foreign, simulatedForeign] = await both({ sender: 'boss@contoso.example' })
  expect(foreign).toMatch(/^550 5\.7\.1 Learning mode may not send as boss@contoso\.example/)
  expect(simulatedForeign).toBe(foreign)

  const device = await it.client({ networks: '127.0.0.1' }, 'network')
  await expect.poll(() => answerOf(it, {}), { timeout: 3_000 }).toBeNull()
  await expect
    .poll(() => database.db.message.count({ where: { clientId: device.id } }), { timeout: 3_000 })
    .toBeLessThan(2)
  await it.submission.clients.remove(caller, device.id)
  expect(await it.submission.learning.stop(caller, started.value.id)).toBe(true)
  await expect
    .poll(() => answerOf(it, {}), { timeout: 3_000 })
    .toMatch(/^550 5\.7\.1 The address 127\.0\.0\.1 may not submit/)
  expect(await simulated(it, {})).toBe(await answerOf(it, {}))
  expect(
    await database.db.auditEvent.findMany({ where: { action: { startsWith: 'learning' } }, select: { action: true } }),
  ).toEqual([{ action: 'learning.start' }, { action: 'learning.stop' }])
})
