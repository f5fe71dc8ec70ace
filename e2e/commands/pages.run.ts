import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { freePort } from '../../tests/support/throwaway-postgres'
import { CHROMIUM_FLAGS, findChromium } from '../../tools/chromium.mjs'
import { type LighthouseResult, type PageChecks, pageChecks } from '../../tools/page-checks.mjs'
import { test as base, type Cookies, expect } from '../support/fixtures'
import type { Role } from '../support/people'
import { ROOT } from '../support/process'
import { addSampleData } from '../support/sample-data'
import type { Tree } from '../support/tree'
import { unlinkedPages } from '../support/unlinked-pages'
import { visitAll } from '../support/visit-all'

const DEVICES = ['desktop', 'mobile'] as const
type Device = (typeof DEVICES)[number]

/** The least score of performance in percent. */
const PERFORMANCE_MIN: Record<Device, number> = { desktop: 99, mobile: 97 }
const BLOCKING_MS_MAX = 150

const executablePath = findChromium() ?? ''
/** The colours that a person may choose on their account's page. */
const THEMES = ['light', 'dark']
/** Beginnings of the addresses to check, separated by spaces; absent: all. */
const wanted = process.env.PAGES?.split(' ')

interface Target {
  url: string
  address: string
  headers: { Cookie: string }
}

interface Surroundings {
  page: Page
  tree: Tree
  browser: Browser
  sessionOf(role: Role): Promise<Cookies>
}

/** Every page with the headers of its reader: first those that only a form or a mail leads to, since some of these pass. */
async function targetsOf({ page, tree, browser, sessionOf }: Surroundings): Promise<Target[]> {
  await addSampleData(page, tree)
  const admin = await page.context().cookies()
  const all = [
    { address: '/sign-in', cookies: [] },
    ...(await unlinkedPages({ tree, browser, sessionOf })),
    ...(await visitAll(page, tree.baseUrl, async () => {})).map((address) => ({ address, cookies: admin })),
  ]
  const isWanted = ({ address }: { address: string }) => wanted?.some((each) => address.startsWith(each)) ?? true
  const checked = all.filter(isWanted).map(({ address, cookies }) => ({
    address: address.replace(/(?<=token=).*/, '…'),
    url: `${tree.baseUrl}${address}`,
    headers: { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
  }))
  const answers = await Promise.all(checked.map(({ url, headers }) => fetch(url, { headers, redirect: 'manual' })))
  // An address that leads to another one is checked there.
  return checked.filter((_, index) => answers[index]?.status === 200)
}

const test = base.extend<{ targets: Target[] }, { checks: PageChecks }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from the pattern which fixtures this one needs.
  checks: [async ({}, use) => use(await pageChecks()), { scope: 'worker', timeout: 300_000 }],

  async targets({ page, tree, browser, sessionOf, signIn, expectConsole }, use) {
    expectConsole(/status of 404/) // /no-such-page
    await signIn('admin')
    await use(await targetsOf({ page, tree, browser, sessionOf }))
  },
})

test('pa11y finds no error on any page in either theme', async ({ targets, checks }) => {
  const faults: string[] = []
  for (const { url, address, headers } of targets)
    for (const theme of THEMES) {
      const Cookie = [headers.Cookie, `theme=${theme}`].filter(Boolean).join('; ')
      const { issues } = await checks.pa11y(url, {
        headers: { Cookie },
        chromeLaunchConfig: { executablePath, args: CHROMIUM_FLAGS },
      })
      const errors = issues.map(({ code, selector }) => `${address} (${theme}): ${code} at ${selector}`)
      process.stderr.write([`${address}\t${theme}`, ...errors, ''].join('\n'))
      faults.push(...errors)
    }
  expect(faults).toEqual([])
})

test('Lighthouse gives every page all points for accessibility and best practices', async ({ targets, checks }) => {
  await inspect('points', targets, {
    checks,
    devices: DEVICES,
    flags: {
      onlyCategories: ['accessibility', 'best-practices'],
      // Nothing of it depends on how long a page takes, or on a first visit.
      pauseAfterLoadMs: 0,
      networkQuietThresholdMs: 0,
      cpuQuietThresholdMs: 0,
      disableStorageReset: true,
      disableFullPageScreenshot: true,
    },
    faultsOf: ({ categories, audits }) =>
      Object.values(categories).flatMap(({ auditRefs }) =>
        auditRefs.flatMap(({ id, weight }) => {
          const { score = null, details } = audits[id] ?? {}
          return weight > 0 && score !== null && score < 1 ? [`${id} ${JSON.stringify(details).slice(0, 1_000)}`] : []
        }),
      ),
  })
})

for (const device of DEVICES)
  test(`Lighthouse finds every page fast enough on ${device}`, async ({ targets, checks }) => {
    await inspect(`performance-${device}`, targets, {
      checks,
      devices: [device],
      flags: { onlyCategories: ['performance'] },
      faultsOf({ categories, audits }) {
        const points = percent(categories.performance?.score)
        const blockedMs = Math.round(audits['total-blocking-time']?.numericValue ?? 0)
        return [
          ...(points < PERFORMANCE_MIN[device] ? [`${points} points, at least ${PERFORMANCE_MIN[device]}`] : []),
          ...(blockedMs > BLOCKING_MS_MAX ? [`${blockedMs} ms blocked, at most ${BLOCKING_MS_MAX}`] : []),
        ]
      },
    })
  })

interface Inspection {
  checks: PageChecks
  devices: readonly Device[]
  flags: Record<string, unknown>
  faultsOf(result: LighthouseResult): string[]
}

/** Writes a line for each page to test-results, and expects no faults. */
async function inspect(
  name: string,
  pages: readonly Target[],
  { checks, devices, flags, faultsOf }: Inspection,
): Promise<void> {
  const port = await freePort()
  const args = [...CHROMIUM_FLAGS, `--remote-debugging-port=${port}`]
  const browser = await chromium.launch({ executablePath, args })
  const lines: string[] = []
  const faults: string[] = []
  for (const { url, address, headers } of pages)
    for (const device of devices) {
      const all = { ...flags, port, extraHeaders: headers, logLevel: 'error' }
      const result = await measure(checks, url, device, all)
      lines.push([address, device, ...figuresOf(result)].join('\t'))
      const own = faultsOf(result).map((fault) => `${address} on ${device}: ${fault}`)
      process.stderr.write([lines.at(-1), ...own, ''].join('\n'))
      faults.push(...own)
    }
  await browser.close()
  mkdirSync(path.join(ROOT, 'test-results'), { recursive: true })
  writeFileSync(path.join(ROOT, `test-results/lighthouse-${name}.tsv`), `${lines.join('\n')}\n`)
  expect(faults).toEqual([])
}

async function measure(
  { lighthouse, desktopConfig }: PageChecks,
  url: string,
  device: Device,
  flags: Record<string, unknown>,
): Promise<LighthouseResult> {
  const run = () => lighthouse(url, flags, device === 'desktop' ? desktopConfig : undefined)
  const first = await run()
  // A browser that is busy sometimes gives no trace.
  const result = first && !first.lhr.runtimeError ? first : await run()
  if (!result || result.lhr.runtimeError) throw new Error(`${url}: ${result?.lhr.runtimeError?.message ?? 'no result'}`)
  return result.lhr
}

/** The scores in percent, the blocked time, and the longest tasks with their script. */
function figuresOf({ categories, audits }: LighthouseResult): (string | number)[] {
  const tasks = audits['long-tasks']?.details
  const items = tasks?.items?.slice(0, 3) ?? []
  return [
    ...Object.entries(categories).map(([name, { score }]) => `${name} ${percent(score)}`),
    ...(categories.performance ? [`${Math.round(audits['total-blocking-time']?.numericValue ?? 0)} ms blocked`] : []),
    ...items.map(
      ({ url, duration }) => `${Math.round(Number(duration))} ms ${String(url).replace(/^http:..[^/]+/, '')}`,
    ),
  ]
}

const percent = (score: number | null | undefined): number => Math.round((score ?? 0) * 100)
