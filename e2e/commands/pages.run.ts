import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { chromium } from '@playwright/test'
import lighthouse, { desktopConfig, type Flags } from 'lighthouse'
import pa11y from 'pa11y'
import { freePort } from '../../tests/support/throwaway-postgres'
import { CHROMIUM_FLAGS, findChromium } from '../../tools/chromium.mjs'
import { expect, test } from '../support/fixtures'
import { ROOT } from '../support/process'
import { addSampleData } from '../support/sample-data'
import { visitAll } from '../support/visit-all'

/** The least score of each category in percent, by form factor. */
const BARS = {
  desktop: { accessibility: 100, 'best-practices': 100, performance: 99 },
  mobile: { accessibility: 100, 'best-practices': 100, performance: 97 },
} as const
const BLOCKING_MS_MAX = 150
type Device = keyof typeof BARS

const executablePath = findChromium() ?? ''

test('every page reaches the bars of Lighthouse on desktop and mobile, and pa11y finds no error', async ({
  page,
  signIn,
  tree,
}) => {
  await signIn('admin')
  await addSampleData(page, tree)
  const addresses = ['/sign-in', ...(await visitAll(page, tree.baseUrl, async () => {}))].filter(
    (address) => address !== '/no-such-page',
  )
  const cookies = await page.context().cookies()
  const headers = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
  const port = await freePort()
  const browser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_FLAGS, `--remote-debugging-port=${port}`],
  })
  const lines: string[] = []
  const faults: string[] = []
  for (const address of addresses) {
    const url = `${tree.baseUrl}${address}`
    const sent = address === '/sign-in' ? {} : headers
    const { issues } = await pa11y(url, { headers: sent, chromeLaunchConfig: { executablePath, args: CHROMIUM_FLAGS } })
    faults.push(...issues.map(({ code, selector }) => `${address}: pa11y ${code} at ${selector}`))
    for (const device of Object.keys(BARS) as Device[]) {
      const measured = await measure(url, { device, port, headers: sent })
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
