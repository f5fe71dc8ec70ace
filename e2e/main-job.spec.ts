import { expect, test } from './support/fixtures'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'

/** The whole main job, with scripts and without, for both types of server. */
for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts })

    test('an administrator saves Exchange Online, tests it, and the message is in the mailbox', async ({
      page,
      signIn,
      simulator,
    }) => {
      await signIn('admin')
      const mailServer = new MailServerPage(page)
      await mailServer.setUpExchangeByHand(simulator.facts)

      await mailServer.field('Test with email address').fill(RECIPIENT)
      await mailServer.test()
      await mailServer.accepted()
      await expect(mailServer.stages()).toHaveText([
        /Settings: passed/,
        /Token issued: passed/,
        /Token fits: passed/,
        /Connected: passed/,
        /Encrypted: passed/,
        /Signed in: passed/,
        /Sender: passed/,
        /Recipient: passed/,
        /Message: passed/,
      ])

      const [mail, ...rest] = await simulator.mails()
      expect(rest).toEqual([])
      expect(mail).toMatchObject({ envelope: { from: simulator.facts.sender, to: [RECIPIENT] } })
      expect(mail?.text).toBeTruthy()
      expect(mail?.html).toContain('</html>')
      expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m)

      await page.goto('/mail-server')
      await expect(mailServer.answer('Verified and delivering.')).toBeVisible()
      await expect(page.getByRole('link', { name: /Delivering/ })).toBeVisible()
    })

    test('an administrator saves an SMTP server with a login, tests it, and the message is in the mailbox', async ({
      page,
      signIn,
      simulator,
    }) => {
      await signIn('admin')
      const mailServer = new MailServerPage(page)
      await mailServer.open()
      await mailServer.fillSmtp(simulator.facts)
      await mailServer.save()
      await mailServer.saved(1)

      await mailServer.field('Test with email address').fill(RECIPIENT)
      await mailServer.test()
      await mailServer.accepted()
      await expect(mailServer.stages()).toHaveCount(7) // no token and no claims without OAuth2
      expect(await simulator.mails()).toHaveLength(1)
    })
  })
}

test.describe('every way to reach an SMTP server', () => {
  for (const [name, security, port] of [
    ['TLS from the start with a login', 'tls', 'tlsPort'],
    ['no encryption and no login', 'none', 'plainPort'],
  ] as const) {
    test(`a test passes over ${name}`, async ({ page, signIn, simulator }) => {
      await signIn('admin')
      const mailServer = new MailServerPage(page)
      await mailServer.open()
      await mailServer.fillSmtp(simulator.facts, {
        security,
        port: String(simulator.facts.smtpServer[port]),
        ...(security === 'none' && { username: null }),
      })
      await mailServer.test()
      await mailServer.accepted()
      expect(await simulator.mails()).toHaveLength(1)
    })
  }
})

test('a connection test uses the typed values and saves nothing', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await expect(mailServer.field('Client Secret')).toHaveValue(simulator.facts.clientSecret) // not lost by the test

  await page.goto('/mail-server', { waitUntil: 'load' })
  await expect(mailServer.field('Directory (tenant) ID')).toHaveValue('')
})

test('the stages appear one after the other while the test runs, and the reader may stop waiting', async ({
  page,
  signIn,
  simulator,
}) => {
  await simulator.fault({ smtpStall: 'sender' })
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  // It ends within 30 seconds, during a later test, whose saved settings must differ from the ones that fail here.
  await mailServer.field('Sender name').fill('Not waited for')
  await mailServer.test()
  await expect(mailServer.stages().filter({ hasText: 'Signed in: passed' })).toBeVisible()
  await expect(mailServer.stages().filter({ hasText: 'Sender: running' })).toBeVisible()

  await page.getByRole('button', { name: 'Stop waiting' }).press('Enter')
  await expect(page.getByText('You stopped waiting.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Send test message' })).toBeFocused()
})

test('after a save of what was just tested the page asks for no other test', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillSmtp(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await mailServer.save()
  await mailServer.saved(1)
  await expect(mailServer.answer('Verified and delivering.')).toBeVisible()
  await expect(page.getByText('Send a test message to verify it.')).toBeHidden()
})
