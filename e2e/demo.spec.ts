import { expect, test } from '@playwright/test'
import { freePort } from '../tools/throwaway-postgres'
import { Watched } from './support/process'

interface DemoLine {
  baseUrl: string
  signIn: { email: string; password: string }
  tenantId: string
  clientId: string
  clientSecret: string
  sender: string
  mailboxUrl: string
  controlUrl: string
}

test('the demo’s one JSON line is enough for the five minutes of README.md: set up, sent, arrived, broken on purpose, mended', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const demo = new Watched(['bin/postroom', 'demo', '--json'], { ...process.env, PORT: String(await freePort()) })
  try {
    const [line] = await demo.says(/^\{"baseUrl".*\}$/m)
    const told = JSON.parse(line) as DemoLine
    await page.goto(`${told.baseUrl}/sign-in`)
    await page.getByLabel('Email address').fill(told.signIn.email)
    await page.getByLabel('Password').fill(told.signIn.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Mail server', exact: true }).click()
    await page.getByLabel('SMTP server type').selectOption('Microsoft Exchange Online with OAuth2 authentication')
    await page.getByLabel('Microsoft cloud').selectOption({ label: 'Simulated Microsoft 365' })
    await page.getByLabel('Sender email address').fill(told.sender)
    await page.getByLabel('Directory (tenant) ID').fill(told.tenantId)
    await page.getByLabel('Application (client) ID').fill(told.clientId)
    await page.getByLabel('Client Secret', { exact: true }).fill(told.clientSecret)
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expect(page.getByText('Saved as revision 1.')).toBeVisible()
    await page.getByLabel('Test with email address').fill('someone@fabrikam.example')
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.getByRole('heading', { name: 'Accepted by the server' })).toBeVisible({ timeout: 30_000 })
    await page.goto(told.mailboxUrl)
    await expect(page.getByRole('link', { name: /test/i }).first()).toBeVisible()

    await page.goto(told.controlUrl)
    await page.getByRole('button', { name: 'Expire' }).first().click()
    await page.waitForURL(told.controlUrl)
    await page.goto(`${told.baseUrl}/mail-server`)
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.getByRole('heading', { name: /secret has expired/i })).toBeVisible({ timeout: 30_000 })
    await page.goto(told.controlUrl)
    await page.getByRole('button', { name: 'Reset everything' }).click()
    await page.waitForURL(told.controlUrl)
    await page.goto(`${told.baseUrl}/mail-server`)
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.getByRole('heading', { name: 'Accepted by the server' })).toBeVisible({ timeout: 30_000 })
  } finally {
    await demo.stop()
  }
})
