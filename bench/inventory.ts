// All app registrations of a large tenant: read from the simulator, stored, shown. What the page costs with 45,000 rows is
// measured against the same page of a second console that has 10, the two taking turns; what the reading process holds at the
// end of its third reading against the end of its first: a heap grows into what it is given, but not for ever.
import { chromium } from '@playwright/test'
import type { Cookies } from '../e2e/support/fixtures'
import { cookieHeader } from '../e2e/support/http'
import { MailServerPage } from '../e2e/support/mail-server-page'
import { makeAccount, signInAs } from '../e2e/support/people'
import { Tree } from '../e2e/support/tree'
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.mjs'
import { memoryOf } from './memory'
import { median, round } from './weigh'

const FULL = { applications: 20_000, credentials: 45_000 }
/** The simulated tenant has two of its own. */
const SMALL = { applications: 4, credentials: 8 }
const PAGE = '/credentials/applications'
const ROUNDS = 60
const WARM_UP = 10
const SAMPLE_MS = 500
const READINGS = 3
const READ_MS_MAX = 5 * 60_000

interface Filled {
  tree: Tree
  cookies: Cookies
}

const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
const trees: Tree[] = []
try {
  const small = await filled(SMALL)
  const began = performance.now()
  const large = await filled(FULL, READINGS)
  const [stored] = await large.tree.query<{ applications: number; credentials: number; seconds: number }>(
    `SELECT applications, credentials, extract(epoch FROM "endedAt" - "startedAt")::float AS seconds FROM "InventoryRun" ORDER BY "startedAt" LIMIT 1`,
  )
  const rows = await Promise.all([small, large].map(rowsOf))
  print('app registrations read and stored', {
    applications: stored?.applications ?? Number.NaN,
    credentials: stored?.credentials ?? Number.NaN,
    seconds: round(stored?.seconds ?? Number.NaN),
    fastestBySeconds: round((FULL.applications / 200) * 0.45),
    withSetUpSeconds: round((performance.now() - began) / 1000),
  })
  const [first = Number.NaN, last = Number.NaN] = [large.consoleMb[0], large.consoleMb.at(-1)]
  print('memory of the console while it reads, MB (PSS)', {
    readings: READINGS,
    endOfFirst: round(first),
    endOfLast: round(last),
    ratio: round(last / first, 2),
    bar: 1.1,
  })

  const [middle] = await large.tree.query<{ ms: string; objectId: string; keyId: string }>(
    `SELECT round(extract(epoch FROM "endsAt") * 1000)::text AS ms, "objectId", "keyId" FROM "AppCredential"
      ORDER BY "endsAt", "objectId", "keyId" OFFSET ${FULL.credentials / 2} LIMIT 1`,
  )
  const views = {
    'first page': PAGE,
    'page in the middle': `${PAGE}?after=${middle?.ms}_${middle?.objectId}_${middle?.keyId}`,
    'one state': `${PAGE}?state=soon`,
    'without an owner': `${PAGE}?owner=none`,
    'part of a name': `${PAGE}?text=payroll`,
    'a text that is nowhere': `${PAGE}?text=nowhere-at-all`,
    'the Credentials page': '/credentials',
  }
  for (const [view, path] of Object.entries(views)) {
    const [few, many] = await inTurn(small, large, path)
    print(`server time, ${view}`, {
      rows: rows[1] ?? Number.NaN,
      ms: round(many),
      baselineRows: rows[0] ?? Number.NaN,
      baselineMs: round(few),
      ratio: round(many / few, 2),
      bar: 1.5,
    })
  }
} finally {
  await browser.close()
  for (const tree of trees) await tree.stop()
}

function print(what: string, figures: Record<string, number>): void {
  console.log(JSON.stringify({ what, ...figures }))
}

/** A console with a mail server at a tenant of this size, all of it read. */
async function filled(size: typeof FULL, readings = 1): Promise<Filled & { consoleMb: number[] }> {
  const tree = await Tree.start({ database: 'embedded' })
  trees.push(tree)
  const context = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
  await makeAccount('admin', tree, context)
  const page = await context.newPage()
  await signInAs(page, 'admin')
  await page.waitForURL('**/mail-server')
  await new MailServerPage(page).setUpExchange(tree.simulator.facts)
  await tree.simulator.change('grant-graph-role', { role: 'Application.Read.All' })
  await tree.simulator.change('fill', size)
  await page.goto(PAGE)
  await page.getByRole('button', { name: 'Switch on' }).click()
  const consoleMb: number[] = []
  for (let reading = 1; reading <= readings; reading++) {
    await page.getByRole('button', { name: 'Read now' }).click()
    consoleMb.push(await whileReading(tree, reading, 0.8 * size.applications))
  }
  const cookies = await context.cookies()
  await context.close()
  return { tree, cookies, consoleMb }
}

/** Waits for the end of it. Median of the memory that the console held once so many applications were read. */
async function whileReading(tree: Tree, readings: number, from: number): Promise<number> {
  const samples: number[] = []
  for (const until = Date.now() + READ_MS_MAX; ; ) {
    const runs = await tree.query<{ state: string; applications: number }>(
      `SELECT state, applications FROM "InventoryRun" ORDER BY "startedAt" DESC`,
    )
    const [run] = runs
    if (runs.length === readings && run?.state === 'done') return median(samples)
    if (run?.state === 'failed' || Date.now() > until) throw new Error(`not read: ${run?.state}`)
    if (run?.state === 'running' && run.applications >= from) samples.push(memoryOf(tree.dataDir).console)
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
  }
}

async function rowsOf({ tree }: Filled): Promise<number> {
  const [counted] = await tree.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM "AppCredential"`)
  return counted?.rows ?? Number.NaN
}

/** Medians in milliseconds, from the question to the last byte; the two take turns, so that other work falls on both. */
async function inTurn(few: Filled, many: Filled, path: string): Promise<[few: number, many: number]> {
  const took: [number[], number[]] = [[], []]
  for (let at = 0; at < WARM_UP + ROUNDS; at++) {
    const [a, b] = [await asked(few, path), await asked(many, path)]
    if (at < WARM_UP) continue
    took[0].push(a)
    took[1].push(b)
  }
  return [median(took[0]), median(took[1])]
}

async function asked({ tree, cookies }: Filled, path: string): Promise<number> {
  const began = performance.now()
  const answer = await fetch(tree.baseUrl + path, { headers: cookieHeader(cookies) })
  await answer.text()
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
  return performance.now() - began
}
