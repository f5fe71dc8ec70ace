import { gzipSync } from 'node:zlib'
import type { Browser, Page, Request } from '@playwright/test'

export interface Weight {
  /** Script as gzip compresses it, whatever the server sends. */
  scriptKb: number
  /** The same as the server sends it, without the headers of the answers. */
  scriptSentKb: number
  /** Headers of the answers that brought it. */
  scriptHeadersKb: number
  /** Until the server's first byte: inside `firstPaintMs`. */
  firstByteMs: number
  firstPaintMs: number
}

const RUNS = 9
const SLOWDOWN = 4
/** A tab's own process starts for a while after the tab is there, on the same two cores as the server that it would ask. */
const TAB_IDLE_MS = 1_500

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
export const round = (value: number, digits = 1): number => Number(value.toFixed(digits))

export interface Visited {
  url: string
  cookies: Parameters<BrowserCookies>[0]
}

/**
 * Pages as a first visitor loads them: nothing cached, the processor slowed four times. Medians of nine. The pages take
 * turns, so that whatever else this machine does falls on all of them alike; a first turn warms servers and browser up
 * and does not count, since the bare page's server would be measured warm and ours cold.
 */
export async function weigh<const Pages extends readonly Visited[]>(
  browser: Browser,
  pages: Pages,
): Promise<{ [At in keyof Pages]: Weight }> {
  const runs: Weight[][] = pages.map(() => [])
  for (let run = 0; run <= RUNS; run++) {
    for (const [at, { url, cookies }] of pages.entries()) {
      const context = await browser.newContext()
      await context.addCookies(cookies)
      const weight = await load(await context.newPage(), url)
      if (run > 0) runs[at]?.push(weight)
      await context.close()
    }
  }
  return runs.map(medians) as { [At in keyof Pages]: Weight }
}

const medians = (runs: Weight[]): Weight => ({
  scriptKb: round(median(runs.map(({ scriptKb }) => scriptKb))),
  scriptSentKb: round(median(runs.map(({ scriptSentKb }) => scriptSentKb))),
  scriptHeadersKb: round(median(runs.map(({ scriptHeadersKb }) => scriptHeadersKb))),
  firstByteMs: round(median(runs.map(({ firstByteMs }) => firstByteMs))),
  firstPaintMs: round(median(runs.map(({ firstPaintMs }) => firstPaintMs))),
})

type BrowserCookies = ReturnType<Browser['contexts']>[number]['addCookies']

async function load(page: Page, url: string): Promise<Weight> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
  const scripts: Request[] = []
  page.on('requestfinished', (request) => void (request.resourceType() === 'script' && scripts.push(request)))
  await page.waitForTimeout(TAB_IDLE_MS)
  await page.goto(url, { waitUntil: 'networkidle' })
  const { firstByteMs, firstPaintMs } = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation')
    return {
      firstByteMs: navigation instanceof PerformanceNavigationTiming ? navigation.responseStart : Number.NaN,
      firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    }
  })
  const sizes = await Promise.all(scripts.map((request) => request.sizes()))
  const bodies = await Promise.all(scripts.map(async (request) => (await request.response())?.body()))
  return {
    scriptKb: kb(bodies.map((body) => (body ? gzipSync(body, { level: 9 }).length : Number.NaN))),
    scriptSentKb: kb(sizes.map(({ responseBodySize }) => responseBodySize)),
    scriptHeadersKb: kb(sizes.map(({ responseHeadersSize }) => responseHeadersSize)),
    firstByteMs,
    firstPaintMs,
  }
}

const kb = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / 1024
