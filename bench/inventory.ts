// All app registrations of a large tenant: read from the simulator, stored, shown. What the page costs with 45,000 rows is
// measured against the same page of a second console that has 10, the two taking turns. The memory of the
// reading process is printed for each reading: in its second fifth, in its last, at its peak, and an idle minute later, after collection.
import { chromium } from '@playwright/test'
import type { Tree } from '../e2e/support/tree'
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.mjs'
import { median } from './median'
import { memoryOf } from './memory'
import { type Console, inTurn, startConsole } from './two-consoles'
import { round } from './weigh'

const FULL = { applications: 20_000, credentials: 45_000 }
/** The simulated tenant has two more. */
const SMALL = { applications: 4, credentials: 8 }
const PAGE = '/credentials/applications'
const ROUNDS = 60
const WARM_UP = 10
const SAMPLE_MS = 500
const READINGS = 3
/** The collector takes its time with a process that does nothing. */
const QUIET_MS = 60_000
const READ_MS_MAX = 5 * 60_000

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
  for (const [at, { before, early, peak, end, quiet }] of large.consoleMb.entries())
    print('memory of the console around a reading, MB (PSS)', {
      reading: at + 1,
      before: round(before),
      early: round(early),
      end: round(end),
      peak: round(peak),
      quiet: round(quiet),
      endAgainstEarly: round(end / early, 2),
      bar: 1.1,
    })
  const [first, last] = [large.consoleMb[0], large.consoleMb.at(-1)]
  if (!first || !last) throw new Error('nothing was read')
  print('the same, last reading against the first', {
    readings: READINGS,
    peak: round(last.peak / first.peak, 2),
    end: round(last.end / first.end, 2),
    quiet: round(last.quiet / first.quiet, 2),
    bar: 1.1,
  })

  const views = {
    'first page': PAGE,
    'all, first page': `${PAGE}?state=all`,
    'expired, latest first': `${PAGE}?state=expired`,
    'page in the middle': `${PAGE}?state=all&page=900`,
    'one state': `${PAGE}?state=soon`,
    'without an owner': `${PAGE}?state=all&owner=none`,
    'part of a name': `${PAGE}?state=all&text=payroll`,
    'a text that is nowhere': `${PAGE}?state=all&text=nowhere-at-all`,
    'the Credentials page': '/credentials',
  }
  for (const [view, path] of Object.entries(views)) {
    const [few, many] = await inTurn([small, path], [large, path], { rounds: ROUNDS, warmUp: WARM_UP })
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
async function filled(size: typeof FULL, readings = 1): Promise<Console & { consoleMb: Memory[] }> {
  const consoleMb: Memory[] = []
  const console_ = await startConsole(browser, trees, async (tree, page) => {
    await tree.simulator.change('grant-graph-role', { role: 'Application.Read.All' })
    await tree.simulator.change('fill', size)
    await page.goto(PAGE)
    await page.getByRole('button', { name: 'Start watching' }).click()
    for (let reading = 1; reading <= readings; reading++) {
      const before = memoryOf(tree.dataDir).console
      await page.getByRole('button', { name: 'Read now' }).click()
      const during = await whileReading(tree, reading, size.applications)
      if (readings > 1) await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      consoleMb.push({ before, ...during, quiet: memoryOf(tree.dataDir).console })
    }
  })
  return { ...console_, consoleMb }
}

/** Of the console, in MB. */
interface Memory {
  before: number
  /** Median of the reading's second fifth: what a reading needs at all is there by then. */
  early: number
  peak: number
  /** Median of the reading's last fifth. */
  end: number
  quiet: number
}

/** Waits for the end of it. */
async function whileReading(
  tree: Tree,
  readings: number,
  applications: number,
): Promise<Pick<Memory, 'early' | 'peak' | 'end'>> {
  const samples: { share: number; heldMb: number }[] = []
  const medianOf = (from: number, to: number) =>
    median(samples.filter(({ share }) => share >= from && share < to).map(({ heldMb }) => heldMb))
  for (const until = Date.now() + READ_MS_MAX; ; ) {
    const runs = await tree.query<{ state: string; applications: number }>(
      `SELECT state, applications FROM "InventoryRun" ORDER BY "startedAt" DESC`,
    )
    const [run] = runs
    if (runs.length === readings && run?.state === 'done') {
      const peak = Math.max(...samples.map(({ heldMb }) => heldMb))
      return { early: medianOf(0.2, 0.4), peak, end: medianOf(0.8, Number.POSITIVE_INFINITY) }
    }
    if (run?.state === 'failed' || Date.now() > until) throw new Error(`not read: ${run?.state}`)
    if (runs.length === readings && run?.state === 'running')
      samples.push({ share: run.applications / applications, heldMb: memoryOf(tree.dataDir).console })
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
  }
}

async function rowsOf({ tree }: Console): Promise<number> {
  const [counted] = await tree.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM "AppCredential"`)
  return counted?.rows ?? Number.NaN
}
