import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'

const PAGES = ['/mail-server', '/credentials', '/activity', '/system', '/system/operators', '/system/sessions']
const WIDTHS = [1440, 1280, 1024]

/** Texts that reach past the right edge of their cell. Closed details and texts for screen readers only are left out. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('main :is(td, th)')].flatMap((cell) => {
      const edge = cell.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(cell).paddingRight)
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
      const range = document.createRange()
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        if (text.parentElement?.closest('.sr-only')) continue
        range.selectNodeContents(text)
        const right = Math.max(...[...range.getClientRects()].map((rect) => rect.right))
        if (right > edge + 0.5) return [`“${text.textContent}” by ${(right - edge).toFixed(1)} px`]
      }
      return []
    }),
  )

test('no text of a table is wider than its column, in both languages at 1440, 1280 and 1024 px', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  test.setTimeout(120_000)
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.command('mail-server', 'test', '--to', RECIPIENT)
  await simulator.change('unregister-service-principal')
  await tree.command('mail-server', 'test', '--to', RECIPIENT)
  for (const locale of ['de', 'en'])
    for (const path of PAGES) {
      await page.goto(`${path}?locale=${locale}`)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 })
        expect.soft(await tooWide(page), `${path} in ${locale} at ${width} px`).toEqual([])
      }
    }
})

test('the mail server prints without buttons and without a bar over its fields', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchangeByHand(simulator.facts)
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByLabel('Directory (tenant) ID')).toBeVisible()
  await expect(page.getByRole('button')).toHaveCount(0)
  await expect(page.locator('main .sticky').filter({ visible: true })).toHaveCount(0)
})
