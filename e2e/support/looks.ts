import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'
import type { RunOptions } from 'axe-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Every text colour can be read on every ground (`tests/colours.test.ts`), which takes axe as long to find out as all else. */
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: { 'color-contrast': { enabled: false } },
}
const ABOUT_COLOURS: RunOptions = { runOnly: ['color-contrast', 'link-in-text-block'] }
export const THEMES = ['light', 'dark'] as const
/** The widest arrangement of the pages in its narrowest window, which most tests have anyway, and the narrowest of all. */
const WIDTHS = [1280, 320]
const HEIGHT = 720

/**
 * The current page has no accessibility fault and fits 1280 and 320 px. The window has its size again afterwards.
 *
 * @param where names it in a failure, and in the files that SHOTS=<folder> asks for.
 * @param within a selector: axe looks at that part only.
 */
export async function looksRight(page: Page, where: string, within?: string): Promise<void> {
  await shoot(page, where)
  // At first a page that a link led to has no title.
  await expect(async () => expect(await faultsOf(page, RULES, within), where).toEqual([])).toPass({ timeout: 12_000 })
  await fits(page, where)
}

/** Axe finds every text of the current page, or of the part with this selector, readable in both themes, on what is really behind it. */
export async function coloursLookRight(
  page: Page,
  where: string,
  { themes = THEMES, within }: { themes?: readonly (typeof THEMES)[number][]; within?: string } = {},
): Promise<void> {
  for (const colorScheme of themes) {
    // Without transitions, so that no colour is half way between two themes.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await faultsOf(page, ABOUT_COLOURS, within), `${where} in the ${colorScheme} theme`).toEqual([])
  }
}

/** In every run. Pages are checked in both in a soak, and with texts longer than both (`e2e/layout.spec.ts`). */
const LOCALES = process.env.SOAK ? ['de', 'en'] : ['de']

/**
 * The same for a page in German, whose texts are longer, and in a soak in English too. The next page is English again.
 *
 * @param prepare opens and checks what is to be looked at.
 */
export async function looksRightInGerman(
  page: Page,
  url: string,
  prepare?: (where: string) => Promise<void>,
): Promise<void> {
  const speak = (value: string) =>
    page.context().addCookies([{ name: 'locale', value, domain: 'localhost', path: '/' }])
  for (const locale of LOCALES) {
    const where = `${url} ${locale}`
    await speak(locale)
    await page.goto(url)
    await expect(page.locator('html')).toHaveAttribute('lang', locale)
    await prepare?.(where)
    await looksRight(page, where)
  }
  await speak('en')
}

async function faultsOf(page: Page, rules: RunOptions, within?: string): Promise<string[]> {
  // A document has it until it ends, and to send it takes as long as to check a small page.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE)
  return page.evaluate(
    async ([options, part]) => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      // Listing what passes takes axe as long as the checks.
      const { violations } = await axe.run(part ?? document, { ...options, resultTypes: ['violations'] })
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`)
    },
    [rules, within] as const,
  )
}

/** No part of the page says its heading again as a caption, a label, a button or the name of a value: screen readers would say it twice. */
export async function saysNothingTwice(page: Page, where: string): Promise<void> {
  const repeated = await page.locator('main section[aria-labelledby]').evaluateAll((sections) => {
    const textOf = (element: Element | null) => element?.textContent?.trim() ?? ''
    return sections.flatMap((section) => {
      const heading = textOf(section.querySelector('h2, h3'))
      const captions = [...section.querySelectorAll('caption, label, legend, button, dt, summary')]
      return captions.map(textOf).filter((text) => text === heading)
    })
  })
  expect(repeated, where).toEqual([])
}

/** Nothing reaches past the right edge of a wide or a narrow screen. The window is as before afterwards. */
export async function fits(page: Page, where: string): Promise<void> {
  const before = page.viewportSize()
  for (const width of WIDTHS) {
    if (page.viewportSize()?.width !== width) await page.setViewportSize({ width, height: HEIGHT })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow, `${where} at ${width} px`).toBeLessThanOrEqual(0)
  }
  if (before) await page.setViewportSize(before)
}

/** Leaves the window as it is. */
async function shoot(page: Page, where: string): Promise<void> {
  const folder = process.env.SHOTS
  if (!folder) return
  const before = page.viewportSize()
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT })
      const name = `${where.replaceAll(/\W+/g, '-')}-${colorScheme}-${width}.png`
      await page.screenshot({ path: `${folder}/${name}`, fullPage: true })
    }
  }
  if (before) await page.setViewportSize(before)
}
