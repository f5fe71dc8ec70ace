import { expect, test } from './support/fixtures'
import { MailServerPage } from './support/mail-server-page'
import { choosePassword, signInAs } from './support/people'
import { totp } from './support/totp'
import { Tree } from './support/tree'

test.describe('a console on a named database that demands a second factor of administrators', () => {
  let strict: Tree
  test.beforeAll(async () => {
    strict = await Tree.start({ database: 'given', secondFactor: 'admins' })
  })
  test.afterAll(() => strict.stop())
  test.afterEach(() => test.info().attach('log', { body: strict.postroom.output, contentType: 'text/plain' }))

  test('A-01 A-06 the printed link makes the first administrator once, who enrols, signs in with a code, and does the main job', async ({
    browser,
  }) => {
    const context = await browser.newContext({ baseURL: strict.baseUrl, locale: 'en-GB' })
    const page = await context.newPage()
    await page.goto('/setup?token=cut')
    await expect(page.getByText('There is no account yet')).toContainText('postroom operators add')
    await page.goto(`${strict.setUpUrl}&locale=de`)
    await page.getByRole('link', { name: 'English' }).click()
    await expect(page).toHaveURL(strict.setUpUrl)
    await choosePassword(page, strict.setUpUrl, 'admin')

    await page.goto(strict.setUpUrl)
    await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible()
    await expect(page.getByRole('main')).toContainText('postroom operators reset')

    await signInAs(page, 'admin')
    await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible()
    await page.goto('/mail-server')
    await expect(page).toHaveURL(/\/enrol/) // nothing else opens before it is set up

    await page.getByRole('button', { name: 'Begin' }).click()
    await expect(page).toHaveTitle('Scan the QR code · Postroom') // which a screen reader says
    const seedText = (await page.getByText(/^[A-Z2-7 ]{16,}$/).textContent()) ?? ''
    const seed = seedText.replaceAll(' ', '')
    const code = page.getByLabel('Code from the app')
    await code.fill('no code')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await expect(code).toHaveAttribute('aria-invalid', 'true')
    await expect(code).toHaveAccessibleDescription(/incorrect or already used/)
    await code.fill(totp(seed))
    await page.getByRole('button', { name: 'Switch on' }).click()
    await expect(page.getByRole('heading', { name: 'Your backup codes' })).toBeVisible()
    await expect(page).toHaveTitle('Your backup codes · Postroom')
    const backupCode = ((await page.getByRole('main').getByRole('listitem').first().textContent()) ?? '').trim()
    await page.getByRole('button', { name: 'I have saved them' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mail server')
    await page.goto('/') // until a mail server is saved
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mail server')

    await context.clearCookies()
    await signInAs(page, 'admin')
    await expect(page.getByRole('heading', { name: 'Second factor' })).toBeVisible()
    await page.goto('/mail-server')
    await expect(page).toHaveURL(/\/sign-in/) // no session before the second factor
    await expect(page.getByLabel('Email address')).toBeFocused()
    await signInAs(page, 'admin')
    await expect(page.getByLabel('Code', { exact: true })).toBeFocused()
    await page.getByLabel('Code', { exact: true }).fill(backupCode)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('navigation', { name: 'Console' })).toBeVisible()

    const mailServer = new MailServerPage(page)
    await mailServer.setUpExchangeByHand(strict.simulator.facts)
    await mailServer.test()
    await mailServer.accepted()
    await mailServer.open()
    await mailServer.fillSmtp(strict.simulator.facts)
    await mailServer.save()
    await mailServer.saved(2)
    await mailServer.test()
    await mailServer.accepted()
    expect(await strict.simulator.mails()).toHaveLength(2)

    await context.clearCookies()
    await signInAs(page, 'admin')
    await page.getByLabel('Code', { exact: true }).fill(backupCode)
    await page.getByRole('button', { name: 'Continue' }).click()
    // Each backup code works once, and the field that says so has the focus.
    await expect(page.locator('[name="code"]:focus')).toHaveAccessibleDescription(/incorrect or already used/)
    await context.close()
  })
})
