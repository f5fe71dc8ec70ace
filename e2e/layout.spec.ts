import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures'
import { usePseudoTexts } from './support/pseudo-build'
import { addSampleData } from './support/sample-data'
import { visitAll } from './support/visit-all'

/** 720 px is a window of 1,440 px at 200 % zoom. */
const WIDTHS = [320, 720, 768, 1024, 1440]

test('every page shows translated texts only, and with texts 40 % longer none is cut off or wider than the window', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  test.setTimeout(300_000)
  expectConsole(/status of 404/) // /no-such-page
  await signIn('admin')
  await addSampleData(page, tree)
  await tree.withChangedBuild(usePseudoTexts, async (baseUrl) => {
    await page.context().addCookies([{ name: 'locale', value: 'de', url: baseUrl }])
    const faults: string[] = []
    const visited = await visitAll(page, baseUrl, async (where) => faults.push(...(await faultsOf(page, where))))
    expect(faults).toEqual([])
    expect(visited.length).toBeGreaterThan(25)
  })
})

async function faultsOf(page: Page, where: string): Promise<string[]> {
  const faults = (await untranslated(page)).map((text) => `${where}: not translated: ${text}`)
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    faults.push(...(await brokenLayout(page)).map((fault) => `${where} at ${width} px: ${fault}`))
  }
  return faults
}

/** What is the same in every language, or comes from the data of this test. */
const NAMES = [
  ...['Postroom', 'Exchange Online', 'Simulated Microsoft 365', 'Mail server', 'Chrome · Linux', 'English', 'Deutsch'],
  ...['Microsoft Teams', 'Webhook', 'System', 'TypeScript', 'Python', 'PowerShell', 'PHP', 'curl', 'C#'],
]

/** Texts with a plain word in them that are no name, no address and no date. A test report is in the language of its test. */
const untranslated = (page: Page): Promise<string[]> =>
  page.evaluate((names) => {
    const DATA =
      'code, kbd, pre, bdi, time, article, input, textarea, option, svg, script, style, [lang]:not(html), .font-mono'
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? ''
      const isPlain = /[A-Za-z]{3}/.test(text) && !/[àçðéĝĥïĵķĺñöþŕšüýž]/i.test(text)
      if (!isPlain || names.includes(text) || node.parentElement?.closest(DATA)) continue
      if (!/@|\d\.? (?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)|^[a-z0-9_-]+$/.test(text))
        texts.push(text.slice(0, 80))
    }
    return texts
  }, NAMES)

/** A page wider than its window, a text that its box or the window cuts off, and a text that reaches out of its cell. */
const brokenLayout = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const faults: string[] = []
    const start = (element: Element) => element.textContent?.trim().slice(0, 60)
    const { scrollWidth } = document.documentElement
    if (scrollWidth > window.innerWidth) {
      const outside = [...document.querySelectorAll('main *')].filter(
        (element) => element.getBoundingClientRect().right > window.innerWidth + 1,
      )
      faults.push(`${scrollWidth} px wide because of ${outside.slice(-2).map(start).join(' and ')}`)
    }
    const range = document.createRange()
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const text = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())
      if (!text || element.closest('.sr-only, svg, option') || !element.checkVisibility()) continue
      if (element.getBoundingClientRect().width < 2 || element.closest('thead')?.clientWidth === 1) continue
      range.selectNodeContents(text)
      const right = Math.max(0, ...[...range.getClientRects()].map((rect) => rect.right))
      const { overflowX, textOverflow } = getComputedStyle(element)
      const box = element.getBoundingClientRect().right
      if (/hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis' && right > box + 1)
        faults.push(`cut off: ${start(element)}`)
      const cell = element.closest('td, th')
      if (cell && textOverflow !== 'ellipsis' && right > cell.getBoundingClientRect().right + 1)
        faults.push(`wider than its column: ${start(element)}`)
    }
    return faults
  })
