import { createRequire } from 'node:module'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { build } from 'esbuild'
import type { ComponentType } from 'react'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from './support/fixtures'
import { coloursLookRight, looksRight } from './support/looks'

const root = path.resolve(import.meta.dirname, '..')

/** The page as the server renders it. A build leaves it out, so it is bundled here. */
async function styleguide(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'e2e/support/styleguide.tsx')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    jsx: 'automatic',
    packages: 'external',
    alias: { '@': root },
  })
  const module = { exports: {} as { default?: ComponentType } }
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(
    module,
    module.exports,
    createRequire(import.meta.url),
  )
  if (!module.exports.default) throw new Error('The style guide has no page')
  return renderToStaticMarkup(createElement(module.exports.default))
}

/**
 * Compares the page with the stored picture of each theme (docs/decisions/0038). `--update-snapshots` stores them again after an
 * intended change.
 */
async function looksAsBefore(page: Page): Promise<void> {
  // The only font that does not come with the product, so that lines would break elsewhere on another machine.
  await page.addStyleTag({ content: 'body *, ::before, ::after { font-family: inherit !important }' })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Edges of letters differ a little between versions of the browser.
    await expect(page).toHaveScreenshot(`styleguide-${colorScheme}.png`, { fullPage: true, maxDiffPixelRatio: 0.01 })
  }
}

/** The names of the other filters stay visible. At the lower edge of a phone the whole form does. */
async function opensBelowItsName(page: Page): Promise<void> {
  const name = page.getByRole('button', { name: 'Fault' })
  const form = page.getByRole('form', { name: 'Fault' })
  await name.click()
  const [above, below] = [await name.boundingBox(), await form.boundingBox()]
  expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0))
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 390, height: 500 })
  await name.evaluate((element) => element.scrollIntoView({ block: 'end' }))
  await name.click()
  await expect(form).toBeInViewport({ ratio: 1 })
}

test('every component of the style guide looks right and as before in both themes under the built style sheet', async ({
  page,
}) => {
  expect((await page.request.get('/styleguide')).status(), 'a build has no style guide').toBe(404)
  const signIn = await (await page.request.get('/sign-in')).text()
  const [, fontClass = ''] = /<html[^>]* class="([^"]*)"/.exec(signIn) ?? []
  const sheets = [...signIn.matchAll(/<link rel="stylesheet"[^>]*>/g)].join('')
  const body = await styleguide()
  await page.route('**/styleguide', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><html lang="en" class="${fontClass}"><head><meta charset="utf-8"><title>Style guide</title>${sheets}</head><body>${body}</body></html>`,
    }),
  )
  await page.goto('/styleguide')
  await expect(page.getByRole('heading', { level: 1, name: 'Style guide' })).toBeVisible()
  await looksRight(page, 'styleguide')
  await coloursLookRight(page, 'styleguide')
  await page.getByRole('button', { name: 'More actions' }).click()
  await expect(page.getByRole('link', { name: 'Rename' })).toBeVisible()
  const within = ':popover-open'
  await looksRight(page, 'styleguide-menu', within)
  await coloursLookRight(page, 'styleguide-menu', { within })
  await page.keyboard.press('Escape')
  await looksAsBefore(page)
  await opensBelowItsName(page)
})
