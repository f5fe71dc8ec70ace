import { expect, test } from './support/fixtures'
import { MailServerPage } from './support/mail-server-page'

test('the mail server prints without buttons and without a bar over its fields, and the HTTP API with every example', async ({
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
  // Firefox puts a grid that does not fit on the rest of a sheet on the next one as a whole.
  for (const name of ['Server', 'Test']) {
    const displays = await page.getByRole('region', { name, exact: true }).evaluate((region) => {
      const around: string[] = []
      for (let each = region.parentElement; each && each !== document.body; each = each.parentElement)
        around.push(getComputedStyle(each).display)
      return around
    })
    expect(displays, name).not.toContain('grid')
  }
  await page.goto('/help/http-api')
  await expect(page.locator('details pre').filter({ visible: true })).toHaveCount(6)
})
