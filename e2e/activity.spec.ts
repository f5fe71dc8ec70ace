import type { Locator } from '@playwright/test'
import { builtActions } from './support/build'
import { expect, test } from './support/fixtures'
import { actionBody, ask } from './support/http'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('U-01 a save is on the Activity page once, and the filter finds it by event, actor and result', async ({
    page,
    signIn,
    simulator,
    tree,
  }) => {
    const saves = () => tree.query(`SELECT 1 FROM "AuditEvent" WHERE action = 'mail-server.save' AND result = 'done'`)
    const before = (await saves()).length
    await signIn('admin')
    const mailServer = new MailServerPage(page)
    await mailServer.setUpExchangeByHand(simulator.facts)
    expect(await saves()).toHaveLength(before + 1)

    await page.goto('/activity')
    const facet = async (name: string, fill: (field: Locator) => Promise<unknown>) => {
      await page.getByRole('search').getByText(name, { exact: true }).first().click()
      const form = page.getByRole('form', { name, exact: true })
      await fill(form.getByLabel(name))
      await form.getByRole('button', { name: 'Apply' }).click()
    }
    await facet('Event', (field) => field.selectOption('Saved the mail server settings'))
    await facet('Result', (field) => field.selectOption('Done'))
    await facet('Person', (field) => field.fill('ADMIN@contoso'))
    // The first row is the heading of the table, the second one that of the day.
    const newest = page.getByRole('row').nth(2)
    await expect(newest).toContainText('admin@contoso.example')
    await expect(newest).toContainText('Saved the mail server settings')
    await expect(page.getByRole('search')).toContainText('Person: ADMIN@contoso')

    await newest.getByText('Saved the mail server settings').click()
    await expect(newest).toContainText('Request ID')
  })
})

test('a row leads to what it is about, and looks right', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/activity')
  await looksRight(page, 'activity')
  await page.goto('/activity?locale=de')
  await looksRight(page, 'activity-de')
  await page.goto('/activity?locale=en')
  await page.getByRole('row').getByRole('link', { name: 'Mail server', exact: true }).first().click()
  await expect(page.getByRole('heading', { name: 'Mail server', level: 1 })).toBeVisible()
})

test('W-12 hostile text in an audit row is shown as text', async ({ page, signIn, tree }) => {
  const hostile = `"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}`
  const address = `"><img/src=x/onerror=alert(1)>{{7*7}}@evil.example`
  const action = builtActions().find(({ name }) => name.endsWith('#passwordAction'))
  const body = actionBody(action?.id ?? '', { email: address, password: hostile }, false)
  await ask(tree.baseUrl, '/sign-in', {
    ...body,
    headers: { ...body.headers, origin: tree.baseUrl, 'user-agent': hostile, 'x-request-id': hostile },
  })
  await tree.query(`UPDATE "Operator" SET name = $$${hostile}$$ WHERE email = 'admin@contoso.example'`)
  await signIn('admin')
  await page.goto('/activity')
  const failed = page.getByRole('row').filter({ hasText: address })
  await failed.first().getByText('Sign-in failed').click()
  await expect(failed.first()).toContainText(address)
  await page.goto(`/activity?text=${encodeURIComponent(hostile)}&from=${encodeURIComponent(hostile)}`)
  await expect(page.getByRole('searchbox')).toHaveValue(hostile)
  await expect(page.getByText('is not a date')).toContainText('onerror=alert(1)')
  await expect(page.locator('img[src="x"]')).toHaveCount(0)
  await tree.query(`UPDATE "Operator" SET name = '' WHERE email = 'admin@contoso.example'`)
})

test('U-02 audit verify finds the chain of everything these tests did intact', async ({ tree, signIn }) => {
  await signIn('admin')
  const { code, output } = await tree.command('audit', 'verify', '--json')
  expect(JSON.parse(output)).toMatchObject({ intact: true, firstBroken: null })
  expect(code).toBe(0)
})
