import type { Browser, Page } from '@playwright/test'

export interface Weight {
  /** Script over the wire, compressed as the server sends it. */
  scriptKb: number
  firstPaintMs: number
}

const RUNS = 5
const SLOWDOWN = 4

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
export const round = (value: number, digits = 1): number => Number(value.toFixed(digits))

/** A page as a first visitor loads it: nothing cached, the processor slowed four times. Medians of five. */
export async function weigh(browser: Browser, url: string, cookies: Parameters<BrowserCookies>[0]): Promise<Weight> {
  const runs: Weight[] = []
  for (let run = 0; run < RUNS; run++) {
    const context = await browser.newContext()
    await context.addCookies(cookies)
    runs.push(await load(await context.newPage(), url))
    await context.close()
  }
  return {
    scriptKb: round(median(runs.map(({ scriptKb }) => scriptKb))),
    firstPaintMs: round(median(runs.map(({ firstPaintMs }) => firstPaintMs))),
  }
}

type BrowserCookies = ReturnType<Browser['contexts']>[number]['addCookies']

async function load(page: Page, url: string): Promise<Weight> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.enable')
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
  const scripts = new Set<string>()
  let bytes = 0
  devtools.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.add(requestId))
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  const firstPaintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  )
  return { scriptKb: bytes / 1024, firstPaintMs }
}
