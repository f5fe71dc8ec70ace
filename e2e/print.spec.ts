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
  await page.goto('/help/http-api')
  await expect(page.locator('details pre').filter({ visible: true })).toHaveCount(6)
})
