// The console as a user meets it: how soon the first page comes, what the Mail server page weighs against a bare Next page,
// what a test costs beyond the same conversation held by bare libraries, what the processes hold at rest.
//
// The Mail server page is compared with the bare page by servers that have just started and by servers that have answered `VISITS` times,
// because V8 compiles what has run often; from an empty tab, where only ours needs a new process of the browser (its opener policy), and
// from a page of another site, where both do; and without a browser, which needs the same processors while it starts a process.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { type Browser, chromium } from '@playwright/test'
import type { Cookies } from '../e2e/support/fixtures'
import { cookieHeader } from '../e2e/support/http'
import { makeAccount, signInAs } from '../e2e/support/people'
import type { SimulatorFacts } from '../e2e/support/simulator'
import { Tree } from '../e2e/support/tree'
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.mjs'
import { bareConversation } from './bare-conversation'
import { median } from './median'
import { memoryOf } from './memory'
import { round, scriptsOf, type Times, timesOf, type Visited } from './weigh'

const TESTS = 9
const RECIPIENT = 'someone@fabrikam.example'
const REST_MS = 60_000
/** Loads of each page by servers that have just started, and later. */
const TURNS = 9
const LATER_TURNS = 7
const VISITS = 400
const VISITS_COUNTED = 100

const bareUrl = process.argv[2] ?? ''
const tree = await Tree.start({ database: 'embedded' })
const elsewhere = createServer((_, answer) => answer.end('A page of another site')).listen(0, '127.0.0.1')
let browser = await newBrowser()
try {
  const { simulator, baseUrl } = tree
  const firstPage = performance.now()
  await (await fetch(`${baseUrl}/sign-in`)).text()
  print('first page after the console listens', { ms: round(performance.now() - firstPage), barMs: 1_000 })

  const context = await browser.newContext({ baseURL: baseUrl, locale: 'en-GB' })
  await makeAccount('admin', tree, context)
  const page = await context.newPage()
  await signInAs(page, 'admin')
  await page.waitForURL('**/mail-server')
  const { cloud, tenantId, clientId, clientSecret, sender } = simulator.facts
  await page.getByLabel('Sender email address').fill(sender)
  await page.getByLabel('Microsoft cloud').selectOption({ label: cloud.name })
  await page.getByLabel('Directory (tenant) ID').fill(tenantId)
  await page.getByLabel('Application (client) ID').fill(clientId)
  await page.getByLabel('Client Secret', { exact: true }).fill(clientSecret)
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('Saved as revision 1').waitFor()

  const cookies = await context.cookies()
  const ours = { url: `${baseUrl}/mail-server`, cookies }
  const bare = { url: bareUrl, cookies: [] }
  const oneTerm = { url: `${baseUrl}/health/live`, cookies: [] } // the time of machine and browser without the console
  const scripts = await scriptsOf(browser, ours)
  const bareScripts = await scriptsOf(browser, bare)
  const [oursCold, bareCold, oneTermCold, oursFar, bareFar] = await timesOf(
    browser,
    [ours, bare, oneTerm, fromElsewhere(ours), fromElsewhere(bare)],
    TURNS,
  )
  print('the Mail server page, cold, processor slowed four times', {
    ...scripts,
    bareScriptKb: bareScripts.scriptKb,
    ratio: round(scripts.scriptKb / bareScripts.scriptKb, 2),
    barScriptKb: 165,
    oneTermFirstPaintMs: oneTermCold.firstPaintMs,
    ...compared(oursCold, bareCold),
  })
  print(
    'the Mail server page, cold, processor slowed four times, from a page of another site',
    compared(oursFar, bareFar),
  )

  const tests: number[] = []
  const conversations: number[] = []
  /** What no stage accounts for: who is calling, limits, the report and its audit rows. */
  const outside: number[] = []
  for (let round = 0; round <= TESTS; round++) {
    await tree.query('DELETE FROM "RateLimit"')
    const { took, inStages } = await testRun(baseUrl, simulator.facts, cookies)
    const conversation = await bareConversation(simulator.facts, RECIPIENT)
    if (round === 0) continue // the first of each warms up
    tests.push(took)
    outside.push(took - inStages)
    conversations.push(conversation)
  }
  const beyond = tests.map((ms, at) => ms - (conversations[at] ?? Number.NaN))
  print('a test, against the same conversation by bare libraries', {
    testMs: round(median(tests)),
    bareMs: round(median(conversations)),
    beyondMs: round(median(beyond)),
    outsideStagesMs: round(median(outside)),
    barMs: 40,
  })

  await browser.close()
  await new Promise((resolve) => setTimeout(resolve, REST_MS))
  const memory = memoryOf(tree.dataDir)
  print('memory at rest, MB (PSS)', {
    ...Object.fromEntries(Object.entries(memory).map(([part, mb]) => [part, round(mb)])),
    consoleWorkerDatabase: round(memory.console + memory.worker + memory.database),
    bar: 400,
  })

  const oursByHttp: number[] = []
  const bareByHttp: number[] = []
  for (let visit = 0; visit < VISITS; visit++) {
    oursByHttp.push(await firstByteOf(ours))
    bareByHttp.push(await firstByteOf(bare))
  }
  const [oursMs, bareMs] = [oursByHttp, bareByHttp].map((ms) => median(ms.slice(-VISITS_COUNTED))) as [number, number]
  print(`the Mail server page without a browser, the last ${VISITS_COUNTED} of ${VISITS} visits`, {
    firstByteMs: round(oursMs),
    bareFirstByteMs: round(bareMs),
    firstByteRatio: round(oursMs / bareMs, 2),
    barRatio: 2.5,
  })
  browser = await newBrowser()
  const [oursLater, bareLater, oursFarLater, bareFarLater] = await timesOf(
    browser,
    [ours, bare, fromElsewhere(ours), fromElsewhere(bare)],
    LATER_TURNS,
  )
  print(`the Mail server page after ${VISITS} visits, from an empty tab`, compared(oursLater, bareLater))
  print(
    `the Mail server page after ${VISITS} visits, from a page of another site`,
    compared(oursFarLater, bareFarLater),
  )
} finally {
  await browser.close()
  elsewhere.close()
  await tree.stop()
}

function newBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
}

/** `elsewhere.localhost` is this machine by another name, and another site than those of the console and the bare page. */
function fromElsewhere(visited: Visited): Visited {
  const address = elsewhere.address()
  if (address === null || typeof address === 'string') throw new Error('the page of another site has no port')
  return { ...visited, from: `http://elsewhere.localhost:${address.port}/` }
}

/** Milliseconds until the headers of the answer, which is read to its end. */
async function firstByteOf({ url, cookies }: { url: string; cookies: Cookies }): Promise<number> {
  const began = performance.now()
  const answer = await fetch(url, { headers: cookieHeader(cookies) })
  const took = performance.now() - began
  await answer.text()
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
  return took
}

function compared(ours: Times, bare: Times): Record<string, number> {
  return {
    firstPaintMs: ours.firstPaintMs,
    bareFirstPaintMs: bare.firstPaintMs,
    firstByteMs: ours.firstByteMs,
    bareFirstByteMs: bare.firstByteMs,
    firstPaintRatio: round(ours.firstPaintMs / bare.firstPaintMs, 2),
    firstByteRatio: round(ours.firstByteMs / bare.firstByteMs, 2),
    barRatio: 2.5,
  }
}

function print(what: string, figures: Record<string, number>): void {
  console.log(JSON.stringify({ what, ...figures }))
}

/** *Send test message* on the saved settings, as the page's script asks for it. Milliseconds, and those the stages account for. */
async function testRun(
  origin: string,
  facts: SimulatorFacts,
  cookies: Cookies,
): Promise<{ took: number; inStages: number }> {
  const fields = new FormData()
  const { cloud, tenantId, clientId, sender } = facts
  const values = { type: 'exchange-online-oauth2', cloud: String(cloud.id), tenantId, clientId, senderAddress: sender }
  const rest = {
    clientSecretChange: 'keep',
    server: '00000000-0000-4000-8000-000000000001',
    version: '1',
    testTo: RECIPIENT,
    formToken: randomBytes(16).toString('base64url'),
  }
  for (const [name, value] of Object.entries({ ...values, ...rest })) fields.set(name, value)
  const headers = { ...cookieHeader(cookies), origin, 'sec-fetch-site': 'same-origin' }
  const began = performance.now()
  const answer = await fetch(`${origin}/mail-server/test`, { method: 'POST', body: fields, headers })
  const text = await answer.text()
  const took = performance.now() - began
  const { report } = JSON.parse(text.trim().split('\n').at(-1) ?? '{}')
  if (report?.outcome !== 'accepted') throw new Error(text.slice(0, 500))
  return { took, inStages: report.stages.reduce((sum: number, { ms }: { ms: number }) => sum + ms, 0) }
}
