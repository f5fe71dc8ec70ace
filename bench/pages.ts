// Growth: every page of a console with 1,000,000 messages and 3,000,000 attempts against the same page of a second one that has a
// single message, the two taking turns; claiming on both alike; and what the worker removes in a second.
// `npm run bench pages 100000` fills a tenth.
import { randomUUID } from 'node:crypto'
import { chromium } from '@playwright/test'
import type { Tree } from '../e2e/support/tree'
import { createDb } from '../lib/db'
import { systemClock } from '../lib/kernel'
import { Redacted } from '../lib/kernel/redacted'
import { createOutboxStore } from '../lib/outbox/store/store'
import { testChainKeys } from '../tests/support/chain-keys'
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.mjs'
import { median } from './median'
import { type Console, inTurn, startConsole } from './two-consoles'
import { round } from './weigh'

const MESSAGES = Number(process.argv[2] ?? 1_000_000)
const ATTEMPTS_EACH = 3
const FILLED_AT_ONCE = 100_000
const DAYS = 89
const ROUNDS = 15
const WARM_UP = 3
/** Claimed and given back, one at a time. */
const CLAIMS = 200
const CLAIMING_MS_MAX = 60_000
/** Of those, the oldest are what the removal has to take away. */
const REMOVED = Math.min(100_000, MESSAGES / 2)
const REMOVED_AT_ONCE = 2_000
const SERVER_ID = '00000000-0000-4000-8000-000000000001'
const BAR = 1.5

const secondsSince = (began: number): number => (performance.now() - began) / 1000

const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
const trees: Tree[] = []
try {
  const small = await setUp()
  const large = await setUp()
  await fill(small.tree, 1)
  const began = performance.now()
  await fill(large.tree, MESSAGES)
  print('filled', { messages: MESSAGES, attempts: MESSAGES * ATTEMPTS_EACH, seconds: round(secondsSince(began)) })

  for (const [view, [full, empty]] of Object.entries(await views(large.tree, small.tree))) {
    const [few, many] = await inTurn([small, empty], [large, full], { rounds: ROUNDS, warmUp: WARM_UP })
    print(`server time, ${view}`, { ms: round(many), emptyMs: round(few), ratio: round(many / few, 2), bar: BAR })
  }
  const [few, many] = [await claims(small.tree), await claims(large.tree)]
  print('a claim', { ms: round(many, 2), emptyMs: round(few, 2), ratio: round(many / few, 2), bar: BAR })
  print('removing what is old', await removal(large.tree))
} finally {
  await browser.close()
  for (const tree of trees) await tree.stop()
}

function print(what: string, figures: Record<string, number>): void {
  console.log(JSON.stringify({ what, ...figures }))
}

/** Paused: what waits stays. */
function setUp(): Promise<Console> {
  return startConsole(browser, trees, async (tree) => {
    await tree.query(`UPDATE "MailServer" SET "pausedAt" = now(), "pausedBy" = 'admin@contoso.example'`)
  })
}

/** The oldest first, evenly over the days: two of a hundred failed, one of a thousand waits, is held, or was cancelled. */
async function fill(tree: Tree, messages: number): Promise<void> {
  const [index] = await tree.query<{ indexdef: string }>(
    `SELECT indexdef FROM pg_indexes WHERE indexname = 'MessageText_trigrams'`,
  )
  await tree.query('DROP INDEX "MessageText_trigrams"')
  for (let from = 1; from <= messages; from += FILLED_AT_ONCE) {
    const to = Math.min(from + FILLED_AT_ONCE - 1, messages)
    await tree.query(`
      BEGIN;
      SET LOCAL session_replication_role = replica;
      SET LOCAL synchronous_commit = off;
      CREATE TEMPORARY TABLE filled ON COMMIT DROP AS
        SELECT (lpad(to_hex(floor(extract(epoch FROM "at") * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
          || '8' || substr(md5(n::text), 4, 15))::uuid AS id, n, "at", 'user' || n % 20000 || '@fabrikam.example' AS address,
          (ARRAY['Invoice', 'Delivery note', 'Reminder about contract', 'Password changed for account'])[n % 4 + 1] || ' ' || n AS subject,
          CASE WHEN n % 50 = 1 THEN 'failed' WHEN n % 1000 = 2 THEN 'queued' WHEN n % 1000 = 3 THEN 'held'
            WHEN n % 1000 = 4 THEN 'cancelled' ELSE 'delivered' END AS state
        FROM (SELECT n, now() - interval '${DAYS} days' * (1 - n / ${messages + 1}.0) AS "at" FROM generate_series(${from}, ${to}) n) numbered;
      INSERT INTO "Message" ("id", "mailServerId", "state", "reason", "source", "subject", "messageId", "sizeBytes", "needsUtf8",
        "acceptedAt", "dueAt", "expiresAt", "endedAt", "attemptCount", "lastCode", "fence", "sender")
      SELECT id, '${SERVER_ID}', state, CASE WHEN state = 'failed' THEN 'recipient-not-found' END, 'reminder', subject,
        '<' || id || '@contoso.example>', 2000, false, "at", "at", now() + interval '5 days',
        CASE WHEN state NOT IN ('queued', 'held') THEN "at" + interval '3 minutes' END, ${ATTEMPTS_EACH},
        CASE WHEN state = 'failed' THEN 'recipient-not-found' END, ${ATTEMPTS_EACH}, 'noreply@contoso.example' FROM filled;
      INSERT INTO "Recipient" ("messageId", "position", "address", "state", "at")
      SELECT id, 0, address, CASE WHEN state = 'held' THEN 'queued' ELSE state END, "at" FROM filled;
      INSERT INTO "MessageText" ("messageId", "text")
      SELECT id, lower(subject || E'\\n\\n<' || id || E'@contoso.example>\\n' || address) FROM filled;
      INSERT INTO "MessageBody" ("messageId", "bytes")
      SELECT id, convert_to(repeat('0123456789abcdef', 125), 'UTF8') FROM filled WHERE state IN ('failed', 'queued', 'held');
      INSERT INTO "Attempt" ("messageId", "fence", "at", "durationMs", "mailServerId", "version", "decision", "recipients", "outcome",
        "stage", "code", "reply")
      SELECT id, fence, "at" + fence * interval '1 minute', 80, '${SERVER_ID}', 1, '{"from":"noreply@contoso.example"}', 1,
        CASE WHEN fence < ${ATTEMPTS_EACH} THEN 'failed' WHEN state = 'failed' THEN 'refused' ELSE 'accepted' END,
        CASE WHEN fence < ${ATTEMPTS_EACH} THEN 'connect' END, CASE WHEN fence < ${ATTEMPTS_EACH} THEN 'connection-refused' END,
        '250 2.0.0 OK' FROM filled, generate_series(1, ${ATTEMPTS_EACH}) fence;
      COMMIT`)
  }
  await tree.query(`SET maintenance_work_mem = '256MB'; ${index?.indexdef}`)
  await tree.query(`
    INSERT INTO "MailboxHour" ("mailServerId", "mailbox", "hour", "recipients", "delivered")
    SELECT "mailServerId", '', date_trunc('hour', "endedAt", 'UTC'), count(*), count(*) FILTER (WHERE "state" = 'delivered')
    FROM "Message" WHERE "endedAt" IS NOT NULL GROUP BY 1, 3`)
  for (const table of ['Message', 'Recipient', 'MessageText', 'MessageBody', 'Attempt', 'MailboxHour'])
    await tree.query(`VACUUM (ANALYZE) "${table}"`)
}

/** Each path for the large one and the small one, which differ where a message is named. */
async function views(large: Tree, small: Tree): Promise<Record<string, readonly [large: string, small: string]>> {
  const idIn = async (tree: Tree, offset: number) =>
    (await tree.query<{ id: string }>(`SELECT id FROM "Message" ORDER BY id OFFSET ${offset} LIMIT 1`))[0]?.id ?? ''
  const middle = await idIn(large, Math.floor(MESSAGES / 2))
  const alone = await idIn(small, 0)
  const same = (path: string) => [path, path] as const
  const search = (text: string) => same(`/messages?text=${encodeURIComponent(text)}`)
  return {
    Overview: same('/overview'),
    Messages: same('/messages'),
    'Messages, in the middle': [`/messages?before=${middle}`, '/messages'],
    ...Object.fromEntries(
      ['waiting', 'held', 'failed', 'delivered', 'declined', 'cancelled'].map((view) => [
        `Messages, ${view}`,
        same(`/messages?view=${view}`),
      ]),
    ),
    'Messages, a recipient': same('/messages?recipient=user1@fabrikam.example'),
    'Messages, a recipient that is nowhere': same('/messages?recipient=nobody@litware.example'),
    'Messages, a text that many have': search('invoice'),
    'Messages, a text that one has': search(`contract ${Math.floor(MESSAGES / 8) * 4 + 2}`),
    'Messages, a text that is nowhere': search('nowhere-at-all'),
    'Messages, failed with a text that is nowhere': same('/messages?view=failed&text=nowhere-at-all'),
    'a message': [`/messages/${middle}`, `/messages/${alone}`],
    'Mail server': same('/mail-server'),
    Credentials: same('/credentials'),
    Policy: same('/policy'),
    Activity: same('/activity'),
    System: same('/system'),
    Help: same('/help'),
  }
}

/** Median of a claim. The mail server is paused, so the tree's own worker claims nothing. */
async function claims(tree: Tree): Promise<number> {
  const db = createDb(new Redacted(tree.databaseUrl()), testChainKeys)
  try {
    const store = createOutboxStore(db, systemClock)
    const id = randomUUID()
    await tree.query(`
      INSERT INTO "Message" ("id", "mailServerId", "mailbox", "source", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt",
        "dueAt", "expiresAt")
      VALUES ('${id}', '${SERVER_ID}', 'claimed@contoso.example', 'reminder', 'claimed', '<claimed>', 3, false, now(),
        now() - interval '1 minute', now() + interval '5 days');
      INSERT INTO "Recipient" ("messageId", "position", "address") VALUES ('${id}', 0, 'user@fabrikam.example');
      INSERT INTO "MessageBody" ("messageId", "bytes") VALUES ('${id}', 'abc')`)
    const route = { mailServerId: SERVER_ID, mailbox: 'claimed@contoso.example' }
    const took: number[] = []
    for (const untilMs = performance.now() + CLAIMING_MS_MAX; took.length < CLAIMS; ) {
      const began = performance.now()
      const claimed = await store.claim(route, id, { messages: 10, bytes: 1_000_000, leaseMs: 60_000, isProbe: true })
      if (performance.now() > untilMs) throw new Error(`${took.length} claimed`)
      // No row: another process held the lock, and a claim does not wait.
      if (claimed.length > 0) took.push(performance.now() - began)
      await store.giveBack(claimed)
    }
    return median(took)
  } finally {
    await db.$disconnect()
  }
}

/** The oldest are as old as retention says; what is removed in a second by the statement that the clock runs. */
async function removal(tree: Tree): Promise<Record<string, number>> {
  const db = createDb(new Redacted(tree.databaseUrl()), testChainKeys)
  try {
    const store = createOutboxStore(db, systemClock)
    const [border] = await tree.query<{ at: Date }>(
      `SELECT "endedAt" AS at FROM "Message" WHERE "endedAt" IS NOT NULL ORDER BY "endedAt" OFFSET ${REMOVED} LIMIT 1`,
    )
    if (!border) throw new Error('nothing to remove')
    const limits = {
      failedBodiesBefore: border.at,
      messagesBefore: border.at,
      countersBefore: border.at,
      rows: REMOVED_AT_ONCE,
    }
    const began = performance.now()
    while ((await store.removeOld(limits)) > 0);
    const seconds = secondsSince(began)
    const [left] = await tree.query<{ messages: number }>(`SELECT count(*)::int AS messages FROM "Message"`)
    const messages = MESSAGES - (left?.messages ?? Number.NaN)
    return { messages, seconds: round(seconds), messagesASecond: round(messages / seconds), mailboxASecond: 0.5 }
  } finally {
    await db.$disconnect()
  }
}
