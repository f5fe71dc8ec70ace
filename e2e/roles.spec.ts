import { expect, test } from './support/fixtures'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import type { Role } from './support/people'

const MAY: Record<Role, { test: boolean; save: boolean }> = {
  viewer: { test: false, save: false },
  operator: { test: true, save: false },
  admin: { test: true, save: true },
}

for (const [role, may] of Object.entries(MAY)) {
  test(`Z-01 a ${role} sees the settings, and only the buttons that role may press`, async ({
    page,
    signIn,
    simulator,
  }) => {
    await signIn('admin')
    const mailServer = new MailServerPage(page)
    await mailServer.setUpExchange(simulator.facts)

    await signIn(role as Role)
    await mailServer.open()
    await expect(
      page.getByText(simulator.facts.tenantId).or(page.locator(`[value="${simulator.facts.tenantId}"]`)),
    ).toBeVisible()
    await expect(page.getByRole('button', { name: 'Send test message' })).toHaveCount(may.test ? 1 : 0)
    await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(may.save ? 1 : 0)
  })
}

test('an operator tests the saved settings without knowing the secret', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchange(simulator.facts)

  await signIn('operator')
  await mailServer.open()
  await mailServer.field('Test with email address').fill('someone@fabrikam.example')
  await mailServer.test()
  await mailServer.accepted()
  expect(await simulator.mails()).toHaveLength(1)
})

test('N-06 the sixth test within a minute is refused and says when to try again', async ({
  expectConsole,
  page,
  signIn,
  simulator,
}) => {
  await signIn('operator')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  for (let sent = 1; sent <= 5; sent++) {
    await mailServer.test()
    await expect.poll(async () => (await simulator.mails()).length).toBe(sent)
    await mailServer.accepted()
  }
  expectConsole(/status of 429/)
  await mailServer.test()
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/\d+ seconds/)
  expect(await simulator.mails()).toHaveLength(5)
})

test('an administrator names the organisation, which every page and the sign-in page show, without scripts too', async ({
  browser,
  page,
  signIn,
  sessionOf,
  tree,
}) => {
  await signIn('admin')
  await page.goto('/system')
  const name = page.getByLabel('Name of the organisation')
  await name.fill('Contoso\u200b')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('main').getByRole('alert')).toContainText('Name of the organisation: ')
  await name.fill('Contoso')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('main').getByRole('status')).toHaveText(['The name is saved.'])
  await expect(page.getByRole('banner').getByText('Contoso', { exact: true })).toBeVisible()
  await looksRight(page, 'system-organisation')

  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: tree.baseUrl, locale: 'en-GB' })
  const plain = await context.newPage()
  await plain.goto('/sign-in')
  await expect(plain.getByText(`Contoso · ${new URL(tree.baseUrl).host}`)).toBeVisible()
  await context.addCookies(await sessionOf('admin'))
  await plain.goto('/system')
  await plain.getByLabel('Name of the organisation').fill('')
  await plain.getByRole('button', { name: 'Save name' }).click()
  await expect(plain.getByText('The name is saved.')).toBeVisible()
  await expect(plain.getByRole('banner').getByText('Contoso', { exact: true })).toHaveCount(0)
  await context.close()

  await signIn('viewer')
  await page.goto('/system')
  await expect(page.getByRole('button', { name: 'Save name' })).toHaveCount(0)
})
