import { gzipSync } from 'node:zlib'
import type { Browser, Page, Request } from '@playwright/test'
import { median } from './median'

export interface Scripts {
  /** As gzip compresses them, whatever the server sends. */
  scriptKb: number
  /** The same as the server sends it, without the headers of the answers. */
  scriptSentKb: number
  /** Headers of the answers that brought it. */
  scriptHeadersKb: number
}

export interface Times {
  /** Until the server's first byte: inside `firstPaintMs`. */
  firstByteMs: number
  firstPaintMs: number
}

const SLOWDOWN = 4
/** A tab's own process starts for a while after the tab is there, on the same two cores as the server that it would ask. */
const TAB_IDLE_MS = 1_000

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits))

export interface Visited {
  url: string
  cookies: Parameters<BrowserCookies>[0]
  /** The page that is in the tab before, instead of an empty tab's. */
  from?: string
}

type BrowserCookies = ReturnType<Browser['contexts']>[number]['addCookies']

/**
 * Pages as a first visitor loads them: nothing cached, the processor slowed four times; medians. The pages take turns, so that whatever
 * else this machine does falls on all of them alike; a first turn does not count, since it starts what each side starts once.
 */
export async function timesOf<const Pages extends readonly Visited[]>(
  browser: Browser,
  pages: Pages,
  turns: number,
): Promise<{ [At in keyof Pages]: Times }> {
  const runs: Times[][] = pages.map(() => [])
  for (let turn = 0; turn <= turns; turn++) {
    for (const [at, visited] of pages.entries()) {
      const times = await inNewTab(browser, visited, async (page) => {
        await page.goto(visited.url)
        return await page.evaluate(timesOfThisPage)
      })
      if (turn > 0) runs[at]?.push(times)
    }
  }
  return runs.map(medians) as { [At in keyof Pages]: Times }
}

const medians = (runs: Times[]): Times => ({
  firstByteMs: round(median(runs.map(({ firstByteMs }) => firstByteMs))),
  firstPaintMs: round(median(runs.map(({ firstPaintMs }) => firstPaintMs))),
})

/** Runs in the page. A page that nothing is painted of has no end here. */
async function timesOfThisPage(): Promise<Times> {
  const firstPaintMs = await new Promise<number>((resolve) => {
    new PerformanceObserver((list) => {
      const [paint] = list.getEntriesByName('first-contentful-paint')
      if (paint) resolve(paint.startTime)
    }).observe({ type: 'paint', buffered: true })
  })
  const [navigation] = performance.getEntriesByType('navigation')
  const firstByteMs = navigation instanceof PerformanceNavigationTiming ? navigation.responseStart : Number.NaN
  return { firstByteMs, firstPaintMs }
}

/** Every script that a first visitor's browser requests until it has nothing left to request. */
export const scriptsOf = (browser: Browser, visited: Visited): Promise<Scripts> =>
  inNewTab(browser, visited, async (page) => {
    const scripts: Request[] = []
    page.on('requestfinished', (request) => void (request.resourceType() === 'script' && scripts.push(request)))
    await page.goto(visited.url, { waitUntil: 'networkidle' })
    const sizes = await Promise.all(scripts.map((request) => request.sizes()))
    const bodies = await Promise.all(scripts.map(async (request) => (await request.response())?.body()))
    return {
      scriptKb: kb(bodies.map((body) => (body ? gzipSync(body, { level: 9 }).length : Number.NaN))),
      scriptSentKb: kb(sizes.map(({ responseBodySize }) => responseBodySize)),
      scriptHeadersKb: kb(sizes.map(({ responseHeadersSize }) => responseHeadersSize)),
    }
  })

/** In a browser that has stored nothing but the cookies. */
async function inNewTab<T>(browser: Browser, { cookies, from }: Visited, use: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext()
  try {
    await context.addCookies(cookies)
    const page = await context.newPage()
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
    if (from) await page.goto(from)
    await page.waitForTimeout(TAB_IDLE_MS)
    return await use(page)
  } finally {
    await context.close()
  }
}

const kb = (sizes: readonly number[]): number => round(sizes.reduce((sum, size) => sum + size, 0) / 1024)
