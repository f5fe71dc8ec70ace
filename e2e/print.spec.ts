import type { Locator } from '@playwright/test'
import { expect, test } from './support/fixtures'
import { MailServerPage } from './support/mail-server-page'

/** Firefox puts a grid that does not fit on the rest of a sheet on the next one as a whole. */
async function expectNoGridAround(part: Locator) {
  const displays = await part.evaluate((element) => {
    const around: string[] = []
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement)
      around.push(getComputedStyle(each).display)
    return around
  })
  expect(displays).not.toContain('grid')
}

test('the mail server prints without buttons and without a bar over its fields, the set-up guide at full width, and the HTTP API with every example', async ({
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
  for (const name of ['Server', 'Test']) await expectNoGridAround(page.getByRole('region', { name, exact: true }))
  await page.goto('/set-up')
  await expectNoGridAround(page.locator('main form').first())
  // On paper the name of the page is its heading, below where it belongs.
  const name = page.getByRole('heading', { level: 1 })
  expect(
    await name.evaluate(
      (h1) => h1.getBoundingClientRect().top - (h1.previousElementSibling?.getBoundingClientRect().bottom ?? 0),
    ),
  ).toBeGreaterThanOrEqual(0)
  await expect(name).toHaveCSS('font-size', '22.75px')
  await expect(page.locator('.crumb').last().getByText('/')).toBeHidden()
  await page.goto('/help/http-api')
  await expect(page.locator('details pre').filter({ visible: true })).toHaveCount(7)
})
