import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { bundledProcess } from '../../../tests/support/bundled-process'
import { createTestAuthority } from '../../../tests/support/certificates'
import { databaseOfEach } from '../../../tests/support/each-database'
import type { ListenerOrders } from '../../../tests/support/listener-process'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { LEAN, LEAN_ENVIRONMENT } from '../../host/lean'

/** With `SOAK=1` it sends 10,000 small messages as well, otherwise 300. */
const SOAK = Boolean(process.env.SOAK)
const LARGE = { mails: 10, bytes: 24.9 * 1024 ** 2 }
const SMALL_MAILS = SOAK ? 10_000 : 300
const BAR_MIB = 400
const SENDER = 'scanner@contoso.example'

const database = databaseOfEach()

async function startListener() {
  const [authority, bundle] = [await createTestAuthority(), await bundledProcess('listener')]
  const spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'postroom-spool-'))
  onTestFinished(() => rmSync(spoolFolder, { recursive: true }))
  const orders: ListenerOrders = {
    url: database.url,
    port: 25,
    identity: await authority.certify(),
    spoolFolder,
    listenPort: 0,
  }
  const child = spawn(process.execPath, [...LEAN, bundle], {
    env: { ...process.env, ...LEAN_ENVIRONMENT, ORDERS: JSON.stringify(orders) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await new Promise<[string]>((resolve) =>
    createInterface({ input: child.stdout }).once('line', (text) => resolve([text])),
  )
  return { child, spoolFolder, port: Number((JSON.parse(line) as { starttls: number }).starttls) }
}

const peakMib = ({ pid }: ChildProcess): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/**
 * What a refused message may add to the peak: pieces that V8 has not collected yet (30 to 46 MiB on 29 November 2026), but not its 49 MB as
 * well (55 MiB).
 */
const REFUSED_MIB = 50
const REFUSED_LINES = 49_000
const LINE = `${'x'.repeat(998)}\r\n`

/** Of an open file; empty if it was closed since it was listed. */
function placeOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

/** A message of 49 MB is written into a file up to the limit of 25 MiB. After that its file is gone, and the rest is dropped. */
async function refuseTooLarge(talk: SmtpTalk, child: ChildProcess, spoolFolder: string): Promise<void> {
  const files = () =>
    readdirSync(`/proc/${child.pid}/fd`).filter((name) =>
      placeOf(`/proc/${child.pid}/fd/${name}`).startsWith(spoolFolder),
    ).length
  expect(await talk.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
  expect(await talk.ask('Subject: small\r\n\r\nx\r\n.')).toMatch(/^250 /)
  const before = peakMib(child)
  expect(await talk.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
  talk.send(`Subject: too large\r\n\r\n`)
  const send = (lines: number) => {
    for (let left = lines; left > 0; left -= 1_000) talk.send(LINE.repeat(1_000))
  }
  send(10_000)
  await expect.poll(files).toBe(1)
  send(REFUSED_LINES - 10_000)
  await expect.poll(files, { message: 'before the message has ended' }).toBe(0)
  expect(await talk.ask('.')).toMatch(/^552 5\.3\.4 /)
  expect(peakMib(child) - before).toBeLessThan(REFUSED_MIB)
  talk.close()
}

test.skipIf(!existsSync('/proc/self/status'))(
  `R-21 M-09 a listener that gets ten messages of 25 MiB at once and ${SMALL_MAILS} small ones uses less than ${BAR_MIB} MiB and leaves no file, and one of 49 MB before needs no more memory or disk for being refused`,
  { timeout: SOAK ? 900_000 : 300_000 },
  async () => {
    const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
    const client = await it.client()
    const { child, port, spoolFolder } = await startListener()
    const text = Buffer.alloc(LARGE.bytes, `${'0123456789'.repeat(7)}abcdef\r\n`)
    const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
    const begun = async () => {
      const talk = await untilTestEnds(SmtpTalk.connect(port))
      expect(await talk.begin(client)).toMatch(/^235 /)
      return talk
    }
    await refuseTooLarge(await begun(), child, spoolFolder)
    const large = Array.from({ length: LARGE.mails }, async () => {
      const talk = await begun()
      expect(await talk.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
      talk.send('Subject: large\r\n\r\n')
      talk.send(whole)
      expect(await talk.ask('.')).toMatch(/^250 /)
    })
    const small = Array.from({ length: 5 }, async () => {
      const talk = await begun()
      for (let nth = 0; nth < SMALL_MAILS / 5; nth++) {
        await talk.envelope(SENDER, 'anna@fabrikam.example')
        expect(await talk.ask(`Subject: small\r\n\r\n${'x'.repeat(70)}\r\n.`)).toMatch(/^250 /)
      }
    })
    await Promise.all([...large, ...small])
    expect(peakMib(child)).toBeLessThan(BAR_MIB)
    expect(readdirSync(spoolFolder)).toEqual([])
    expect(await database.db.message.count()).toBe(1 + LARGE.mails + SMALL_MAILS)
    // The text begins after the header, which ends with the first empty line.
    const digest = createHash('sha256').update(whole).digest('hex')
    const [equal] = await database.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM "MessageBody"
      WHERE encode(sha256(substring("bytes" FROM position(decode('0d0a0d0a', 'hex') IN "bytes") + 4)), 'hex') = ${digest}`
    expect(Number(equal?.count)).toBe(LARGE.mails)
    child.kill('SIGTERM')
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  },
)
