import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { freePort } from '../tests/support/throwaway-postgres'
import { processesOf, ROOT, Watched } from './support/process'

/** The command that tests the mail server, in the folder of the demo that printed this. */
async function testFrom(block: string): Promise<unknown> {
  const cwd = path.dirname(/^ {2}Log: (.+)$/m.exec(block)?.[1] ?? '')
  const command = [path.join(ROOT, 'bin/postroom'), 'mail-server', 'test', '--to', 'anna@fabrikam.example', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd,
    env: { NODE_ENV: 'production', PATH: process.env.PATH },
  })
  return JSON.parse(stdout)
}

test('what the demo prints is enough for the five minutes of README.md: pasted as it is, saved, sent, arrived, broken on purpose, fixed; Ctrl-C, pressed many times, leaves no process and no folder of it', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const home = mkdtempSync(path.join(os.tmpdir(), 'postroom-e2e-demo-'))
  const variables = { ...process.env, PORT: String(await freePort()), TMPDIR: home }
  const demo = new Watched(['bin/postroom', 'demo'], variables)
  try {
    await demo.says(/Ctrl-C ends the demonstration/)
    const block = demo.output
    const printed = (label: string): string => new RegExp(`^ {4}${label} {2,}(.+)$`, 'm').exec(block)?.[1] ?? ''
    const [baseUrl, mailboxUrl, controlUrl] = [printed('Open'), printed('Mailbox'), printed('Faults to try')]
    await page.goto(`${baseUrl}/sign-in`)
    await page.getByLabel('Email address').fill(printed('Email address'))
    await page.getByLabel('Password').fill(printed('Password'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Mail servers', exact: true }).click()
    await page.getByLabel('SMTP server type').selectOption('Microsoft Exchange Online with OAuth2 authentication')
    await page.getByText('Paste set-up output').click()
    await page.getByLabel('Set-up output').fill(block)
    await page.getByRole('button', { name: 'Fill in the fields' }).click()
    await expect(page.getByText('Not used: Open, Email address, Password', { exact: false })).toBeVisible()
    await expect(page.getByLabel('Microsoft cloud').locator('option:checked')).toHaveText(printed('Microsoft cloud'))
    await expect(page.getByLabel('Client Secret', { exact: true })).toHaveValue(printed('Client Secret'))
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expect(page.getByText('Saved as revision 1.')).toBeVisible()
    await page.getByLabel('Test with email address').fill('someone@fabrikam.example')
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.getByRole('group', { name: 'Accepted by the server' })).toBeVisible({
      timeout: 30_000,
    })
    await page.goto(mailboxUrl)
    await expect(page.getByRole('link', { name: /test/i }).first()).toBeVisible()

    const commands = block.split('\n').filter((line) => /^ {4}(?:printf|python3|curl) /.test(line))
    expect(commands).toHaveLength(3)
    for (const command of commands) await promisify(execFile)('sh', ['-c', command])
    await expect(async () => {
      await page.reload()
      for (const subject of ['Scan', 'Order', 'Invoice'])
        await expect(page.getByRole('link', { name: subject }).first()).toBeVisible({ timeout: 500 })
    }).toPass()
    await page.goto(`${baseUrl}/clients`)
    await expect(page.locator('[data-answer]')).toHaveText('All three clients have sent mail since yesterday.')
    // A report that a message failed goes to its sender.
    const world = await (await page.request.get(`${controlUrl}/state`)).text()
    for (const name of ['scanner', 'shop', 'invoices']) expect(world).toContain(`"address":"${name}@contoso.example"`)

    await page.goto(controlUrl)
    await page.getByRole('switch', { name: 'The client secret has expired' }).click()
    await page.waitForURL(controlUrl)
    await page.goto(`${baseUrl}/mail-server`)
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.locator('[data-answer]')).toContainText('secret has expired', { timeout: 30_000 })
    await page.goto(controlUrl)
    await page.getByRole('button', { name: 'Turn everything off' }).click()
    await page.waitForURL(controlUrl)
    await page.goto(`${baseUrl}/mail-server`)
    await page.getByRole('button', { name: 'Send test message' }).click()
    await expect(page.getByRole('group', { name: 'Accepted by the server' })).toBeVisible({
      timeout: 30_000,
    })

    expect(await testFrom(block)).toMatchObject({ outcome: 'accepted' })
    expect(await demo.pressUntilEnded()).toBe(0)
    expect(processesOf(home)).toEqual([])
    expect(readdirSync(home)).toEqual([])
  } finally {
    await demo.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
})
