import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import lighthouse, { desktopConfig, type Flags } from 'lighthouse'
import pa11y from 'pa11y'
import { freePort } from '../../tests/support/throwaway-postgres'
import { CHROMIUM_FLAGS, findChromium } from '../../tools/chromium.mjs'
import { expect, test } from '../support/fixtures'
import { ROOT } from '../support/process'
import { addSampleData } from '../support/sample-data'
import type { Tree } from '../support/tree'
import { visitAll } from '../support/visit-all'

/** The least score of each category in percent, by form factor. */
const BARS = {
  desktop: { accessibility: 100, 'best-practices': 100, performance: 99 },
  mobile: { accessibility: 100, 'best-practices': 100, performance: 97 },
} as const
const BLOCKING_MS_MAX = 150
type Device = keyof typeof BARS

const executablePath = findChromium() ?? ''
/** The colours that a person may choose on their account's page. */
const THEMES = ['light', 'dark']
/** Addresses to check, separated by spaces; absent: all. */
const wanted = process.env.PAGES?.split(' ')

interface Target {
  url: string
  address: string
  headers: { Cookie: string }
}

/** Every page that a link leads to, but for those that lead to another one, with the headers of an administrator. */
async function targets({ page, tree }: { page: Page; tree: Tree }): Promise<Target[]> {
  await addSampleData(page, tree)
  const addresses = wanted ?? ['/sign-in', ...(await visitAll(page, tree.baseUrl, async () => {}))]
  const isPage = async (address: string) => (await page.request.get(address, { maxRedirects: 0 })).status() === 200
  const checked: string[] = []
  for (const address of addresses) if (address === '/sign-in' || (await isPage(address))) checked.push(address)
  const cookies = await page.context().cookies()
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return checked.map((address) => ({
    address,
    url: `${tree.baseUrl}${address}`,
    headers: { Cookie: address === '/sign-in' ? '' : cookie },
  }))
}

test('pa11y finds no error on any page in either theme', async ({ page, signIn, tree, expectConsole }) => {
  expectConsole(/status of 404/) // /no-such-page
  await signIn('admin')
  const faults: string[] = []
  for (const { url, address, headers } of await targets({ page, tree }))
    for (const theme of THEMES) {
      const Cookie = [headers.Cookie, `theme=${theme}`].filter(Boolean).join('; ')
      const { issues } = await pa11y(url, {
        headers: { Cookie },
        chromeLaunchConfig: { executablePath, args: CHROMIUM_FLAGS },
      })
      const errors = issues.map(({ code, selector }) => `${address} (${theme}): ${code} at ${selector}`)
      process.stderr.write([`${address}\t${theme}`, ...errors, ''].join('\n'))
      faults.push(...errors)
    }
  expect(faults).toEqual([])
})

test('every page reaches the bars of Lighthouse on desktop and mobile', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  expectConsole(/status of 404/) // /no-such-page
  await signIn('admin')
  const pages = await targets({ page, tree })
  const port = await freePort()
  const browser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_FLAGS, `--remote-debugging-port=${port}`],
  })
  const lines: string[] = []
  const faults: string[] = []
  for (const { url, address, headers } of pages) {
    for (const device of Object.keys(BARS) as Device[]) {
      const measured = await measure(url, { device, port, headers })
      lines.push(`${address}\t${device}\t${Object.values(measured).join('\t')}`)
      process.stderr.write(`${lines.at(-1)}\n`)
      faults.push(...belowBar(measured, device).map((fault) => `${address} on ${device}: ${fault}`))
    }
  }
  await browser.close()
  writeFileSync(path.join(ROOT, 'test-results/pages.tsv'), `${lines.join('\n')}\n`)
  expect(faults).toEqual([])
})

interface Measured {
  performance: number
  accessibility: number
  'best-practices': number
  blockingMs: number
}

async function measure(
  url: string,
  { device, port, headers }: { device: Device; port: number; headers: Record<string, string> },
): Promise<Measured> {
  const flags: Flags = {
    port,
    extraHeaders: headers,
    onlyCategories: ['performance', 'accessibility', 'best-practices'],
    logLevel: 'error',
  }
  const run = () => lighthouse(url, flags, device === 'desktop' ? desktopConfig : undefined)
  const first = await run()
  // A browser that is busy sometimes gives no trace.
  const result = first && !first.lhr.runtimeError ? first : await run()
  if (!result || result.lhr.runtimeError) throw new Error(`${url}: ${result?.lhr.runtimeError?.message ?? 'no result'}`)
  const { categories, audits } = result.lhr
  const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100)
  return {
    performance: score('performance'),
    accessibility: score('accessibility'),
    'best-practices': score('best-practices'),
    blockingMs: Math.round(audits['total-blocking-time']?.numericValue ?? 0),
  }
}

function belowBar(measured: Measured, device: Device): string[] {
  const low = Object.entries(BARS[device]).filter(([name, bar]) => measured[name as keyof Measured] < bar)
  return [
    ...low.map(([name, bar]) => `${name} ${measured[name as keyof Measured]}, at least ${bar}`),
    ...(measured.blockingMs > BLOCKING_MS_MAX ? [`${measured.blockingMs} ms blocked, at most ${BLOCKING_MS_MAX}`] : []),
  ]
}
