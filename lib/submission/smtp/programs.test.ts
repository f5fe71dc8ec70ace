import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { type SmtpTestServer, startSmtp } from '../../../tests/support/servers'
import { endPostfix, isInstalled, MAIL_PROGRAMS, type ProgramJob, shell } from '../../../tests/support/smtp-programs'
import { submissionWorld } from '../../../tests/support/submission'
import { LIMITS } from './connection'

/** With `SOAK=1` the large message has 24 MiB, and 5,000 leaf parts go through. */
const SOAK = Boolean(process.env.SOAK)
const LARGE_BYTES = (SOAK ? 24 : 2) * 1024 ** 2
const LEAVES = SOAK ? 5_000 : 300
const SENDER = 'scanner@contoso.example'
const RECIPIENT = 'anna@fabrikam.example'
const PYTHON = '/usr/bin/python3'

let database: TestDatabase
let sink: SmtpTestServer
let world: Awaited<ReturnType<typeof submissionWorld>>
let home: string
let job: Omit<ProgramJob, 'file'>
const ending: (() => unknown)[] = []

beforeAll(async () => {
  ;[database, sink] = await Promise.all([
    freshDatabase(),
    startSmtp({ security: 'none', extensions: () => ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 40000000'] }),
  ])
  ending.push(
    () => database.drop(),
    () => sink.close(),
  )
  const limits = { ...LIMITS, connectionsPerAddress: 50 }
  world = await submissionWorld({ database, port: sink.port, entrances: ['starttls', 'plain'], limits })
  ending.push(() => world.close())
  const delivery = await world.outbox.deliver()
  ending.push(() => delivery.stop(1_000))
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-programs-'))
  ending.push(() => rmSync(home, { recursive: true }), endPostfix)
  const caFile = path.join(home, 'ca.pem')
  writeFileSync(caFile, world.ca)
  const { login, secret } = await world.client()
  await world.client({ name: 'Network', networks: '127.0.0.0/8' }, 'network')
  const { starttls = 0, plain = 0 } = world.ports
  job = { ports: { starttls, plain }, login, password: secret, caFile, sender: SENDER, recipient: RECIPIENT }
})
afterAll(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`
const head = (...fields: string[]): string =>
  lines(
    `From: Scanner <${SENDER}>`,
    `To: ${RECIPIENT}`,
    'Date: Fri, 27 Nov 2026 03:00:00 +0000',
    'MIME-Version: 1.0',
    ...fields,
    '',
  )

const PARTS = lines(
  ...[
    'preamble',
    '--outer',
    'Content-Type: multipart/related; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
  ],
  ...[
    '',
    '<p>Größe <img src="cid:logo@contoso.example"></p>',
    '--inner',
    'Content-Type: image/png',
    'Content-ID: <logo@contoso.example>',
  ],
  ...['Content-Transfer-Encoding: base64', 'Content-Disposition: inline', '', 'iVBORw0KGgo=', '--inner--', '--outer'],
  ...[
    "Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1*=%20rates.pdf",
    'Content-Type: application/pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'JVBERi0xLjc=',
    '--outer',
  ],
  ...[
    'Content-Disposition:attachment;filename="a;b \\"c\\".txt";size=3',
    '',
    'abc',
    '--outer',
    'Content-Type: text/plain',
    'Content-Disposition: x-odd',
    '',
    '',
    '--outer',
  ],
  ...[
    'Content-Type: message/rfc822',
    'Content-Disposition: attachment',
    '',
    `From: someone@litware.example`,
    'Subject: inner',
    '',
    'attached mail',
    '--outer--',
    'epilogue',
  ],
)

/** Messages that must arrive byte for byte. */
const MESSAGES: [title: string, header: string, body: string][] = [
  [
    'text with dots at line starts and a line of 998 octets',
    head(),
    lines('.', '..', '.dot', '. ', 'x'.repeat(998), 'end'),
  ],
  [
    'HTML',
    head('Content-Type: text/html; charset=us-ascii'),
    lines('<!doctype html>', '<p style="color: #333">Scan</p>', ''),
  ],
  [
    'text in UTF-8',
    head('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'),
    lines('Grüße, 你好', '', 'ß'),
  ],
  [
    'attachments with odd dispositions, an attached mail and an image',
    head('Content-Type: multipart/mixed; boundary="outer"'),
    PARTS,
  ],
  [
    'a large attachment',
    head('Content-Type: application/octet-stream', 'Content-Transfer-Encoding: base64'),
    `${'TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu\r\n'.repeat(LARGE_BYTES / 78)}`,
  ],
]

let count = 0
/** Lets a program submit a message, and returns what the mail server got, as it was before dots were doubled. */
async function through(
  submit: (job: ProgramJob) => Promise<unknown>,
  header: string,
  body: string,
  recipient = RECIPIENT,
): Promise<string> {
  const subject = `number ${++count}`
  const file = path.join(home, `${count}.eml`)
  writeFileSync(file, `Subject: ${subject}\r\n${header}${body}`)
  await submit({ ...job, recipient, file })
  const find = () => sink.messages.find((text) => text.slice(0, 4_000).includes(`Subject: ${subject}\r\n`))
  await expect.poll(find, { timeout: 60_000, interval: 20 }).toBeDefined()
  return `${find()}\r\n`.replace(/^\.\./gm, '.')
}

const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)

describe.each(MAIL_PROGRAMS)('$name', (program) => {
  const has = isInstalled(program)

  test.skipIf(!has).each(MESSAGES)(
    'M-05 submits %s, which arrives byte for byte',
    { timeout: 120_000 },
    async (_title, header, body) => {
      const arrived = await through(program.submit, header, body)
      expect(bodyOf(arrived) === body, `${bodyOf(arrived).slice(0, 500)} … ${bodyOf(arrived).slice(-200)}`).toBe(true)
      expect(arrived).toMatch(/^From: Contoso <noreply@contoso\.example>\r\nReceived: /)
    },
  )

  if (!program.passesLongLines) return
  test.skipIf(!has)('M-05 submits lines over 998 octets, which arrive with the same text', async () => {
    const text = lines(`${'Grüße '.repeat(400)}.`, '.', 'x'.repeat(5_000), 'end')
    const arrived = await through(program.submit, head('Content-Type: text/plain; charset=utf-8'), text)
    expect(Math.max(...arrived.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998)
    expect(decoded(arrived)).toEqual([Buffer.from(text).toString('base64')])
  })
})

const S_NAIL = `printf 'Grüße\\n.dot\\n' | s-nail -:/ -S v15-compat -S sendwait -S smtp-use-starttls -S smtp-auth=plain -S "tls-ca-file=$1" \\
  -S "mta=smtp://$2:$3@localhost:$4" -r "$5" -s "number $6" -a "$7" "$8"`

test.skipIf(!existsSync('/usr/bin/s-nail'))('M-05 s-nail submits a text and a file', async () => {
  const attached = path.join(home, 'page.bin')
  writeFileSync(attached, Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7) % 256)))
  const arrived = await through(
    ({ ports, login, password, caFile, sender, recipient }) => {
      const place = [caFile, encodeURIComponent(login), encodeURIComponent(password), String(ports.starttls)]
      return shell(S_NAIL, ...place, sender, String(count), attached, recipient)
    },
    '',
    '',
  )
  const leaves = decoded(arrived).map((text) => Buffer.from(text, 'base64'))
  expect(leaves[0]?.toString().replaceAll('\r\n', '\n')).toBe('Grüße\n.dot\n')
  expect(leaves[1]?.equals(readFileSync(attached))).toBe(true)
})

test.for(['Python’s smtplib', 'curl'])('M-11 %s submits to an address in UTF-8', async (name, { skip }) => {
  const program = MAIL_PROGRAMS.find((each) => each.name === name)
  if (!program) throw new Error(`No program is called ${name}`)
  if (!isInstalled(program)) skip('it is not installed')
  await through(program.submit, head(), lines('hello'), 'jörg@fabrikam.example')
  expect(sink.commands).toContainEqual(expect.stringMatching(/^MAIL FROM:<\S+> SMTPUTF8/))
})

/** The content of every leaf part as Python's library for e-mail reads it, in base64. */
const LEAVES_OF = `
import base64, email, json, sys
texts = json.load(sys.stdin)
leaves = lambda text: [base64.b64encode(part.get_payload(decode=True) or b'').decode() for part in email.message_from_bytes(base64.b64decode(text)).walk() if not part.is_multipart()]
json.dump([leaves(text) for text in texts], sys.stdout)
`
function leavesOf(texts: readonly string[]): string[][] {
  const input = JSON.stringify(texts.map((text) => Buffer.from(text).toString('base64')))
  return JSON.parse(execFileSync(PYTHON, ['-c', LEAVES_OF], { input, maxBuffer: 512 * 1024 ** 2 }).toString())
}
const decoded = (text: string): string[] => leavesOf([text])[0] ?? []

const KINDS = [
  'text/plain; charset=utf-8',
  'text/html',
  'application/octet-stream',
  'image/png',
  'text/csv; name="=?utf-8?q?a=C3=A4?="',
]
const CONTENTS = [
  'short',
  '.',
  '',
  'Grüße\r\n.\r\n..',
  'x'.repeat(3_000),
  `${'ä'.repeat(700)}\r\nend`,
  '--not a delimiter',
  'a=b\r\ntab\t\r\n',
]

/** A message with this many leaf parts, some of which no server may pass on as they are. */
function generated(seed: number, leaves: number): string {
  const boundary = `b${seed}`
  const children = Array.from({ length: leaves }, (_, nth) => {
    const content = CONTENTS[(seed * 3 + nth) % CONTENTS.length] ?? ''
    const encodes = (seed + nth) % 4 === 0
    const leaf = [
      `Content-Type: ${KINDS[(seed + nth) % KINDS.length]}`,
      ...(encodes ? ['Content-Transfer-Encoding: base64'] : []),
      ...(nth % 3 === 0 ? ['Content-Disposition: attachment; filename=a.b'] : []),
      '',
      encodes ? Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n') : content,
    ]
    const inner = `${boundary}i${nth}`
    return nth % 5 === 4
      ? [`--${boundary}`, `Content-Type: multipart/mixed; boundary=${inner}`, '', `--${inner}`, ...leaf, `--${inner}--`]
      : [`--${boundary}`, ...leaf]
  })
  return lines(
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    '',
    ...children.flat().map(String),
    `--${boundary}--`,
  )
}

test.skipIf(!existsSync(PYTHON))(
  `M-05 of ${LEAVES} leaf parts none is lost or changed, although many had to be encoded`,
  { timeout: 900_000 },
  async () => {
    const perMessage = 10
    const texts = Array.from(
      { length: LEAVES / perMessage },
      (_, seed) => `Subject: leaf ${seed}.\r\nFrom: ${SENDER}\r\nMIME-Version: 1.0\r\n${generated(seed, perMessage)}`,
    )
    const transport = createTransport({
      host: 'localhost',
      port: job.ports.starttls,
      requireTLS: true,
      tls: { ca: world.ca },
      auth: { user: job.login, pass: job.password },
      pool: true,
      maxMessages: Number.POSITIVE_INFINITY,
    })
    ending.push(async () => transport.close())
    await Promise.all(texts.map((raw) => transport.sendMail({ envelope: { from: SENDER, to: RECIPIENT }, raw })))
    const arrived = () => sink.messages.filter((text) => text.includes('\r\nSubject: leaf '))
    await expect.poll(() => arrived().length, { timeout: 600_000, interval: 100 }).toBe(texts.length)
    const byNumber = new Map(
      arrived().map((text) => [Number(/^Subject: leaf (\d+)/m.exec(text)?.[1]), `${text}\r\n`.replace(/^\.\./gm, '.')]),
    )
    const after = leavesOf(texts.map((_, seed) => byNumber.get(seed) ?? ''))
    const before = leavesOf(texts)
    expect(before.flat()).toHaveLength(LEAVES)
    expect(
      after.flatMap((leaves, seed) =>
        leaves.flatMap((leaf, nth) => (leaf === before[seed]?.[nth] ? [] : [[seed, nth, leaf, before[seed]?.[nth]]])),
      ),
    ).toEqual([])
    expect(after.flat()).toHaveLength(LEAVES)
  },
)
