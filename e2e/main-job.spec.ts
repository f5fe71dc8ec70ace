import { exchangeFields, type Fields, RECIPIENT, smtpFields } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { MailServerPage } from './support/mail-server-page'
import type { Simulator } from './support/simulator'

const EXCHANGE_STAGES = [
  ...['Settings', 'Token issued', 'Token fits', 'Connected', 'Encrypted'],
  ...['Signed in', 'Sender', 'Recipient', 'Message'],
].map((stage) => `${stage}: passed`)

const NOT_SAVED = 'The values in the form are not saved yet.'

/** The only one, as the test of a connection sends it. */
async function arrived(simulator: Simulator): Promise<void> {
  const [mail, ...rest] = await simulator.mails()
  expect(rest).toEqual([])
  expect(mail).toMatchObject({ envelope: { from: simulator.facts.sender, to: [RECIPIENT] } })
  expect(mail?.text).toBeTruthy()
  expect(mail?.html).toContain('</html>')
  expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m)
}

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
  await expect(mailServer.stages()).toHaveText(EXCHANGE_STAGES.map((stage) => new RegExp(stage)))
  await arrived(simulator)

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

for (const [type, fieldsOf, stages] of [
  ['Exchange Online', exchangeFields, EXCHANGE_STAGES],
  ['an SMTP server with a login', smtpFields, EXCHANGE_STAGES.filter((stage) => !stage.startsWith('Token'))],
] as const)
  test(`without scripts too an administrator saves ${type}, tests it, and the message is in the mailbox`, async ({
    sessionOf,
    simulator,
    tree,
  }) => {
    const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
    await client.open('/mail-server')
    await client.press('Save changes', fieldsOf(simulator.facts))
    expect(client.text).toContain('Saved as revision 1.')
    await client.press('Send test message', { testTo: RECIPIENT })
    expect(client.text).toContain('Accepted by the server')
    expect(client.text).not.toContain(NOT_SAVED)
    expect(client.text).toContain('No unsaved changes')
    expect(client.text.match(/(?<=[a-z\d.…]|^)[A-Z][a-z ]+: passed/g)).toEqual(stages)
    await arrived(simulator)
    await client.open('/mail-server')
    expect(client.text).toContain('Verified and delivering.')
    expect(client.rail).toContain('Delivering')
  })

for (const [name, security, port] of [
  ['TLS from the start with a login', 'tls', 'tlsPort'],
  ['no encryption and no login', 'none', 'plainPort'],
] as const)
  test(`a test passes over ${name}`, async ({ sessionOf, simulator, tree }) => {
    const login: Fields = security === 'none' ? { login: 'none', username: '', password: '' } : {}
    const typed = { security, port: String(simulator.facts.smtpServer[port]), ...login }
    const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
    await client.open('/mail-server')
    await client.press('Send test message', { ...smtpFields(simulator.facts), ...typed })
    expect(client.text).toContain('Accepted by the server')
    expect(client.text).toContain(`${NOT_SAVED} To use them, choose “Save changes”.`)
    expect(client.text).toContain('These values are not saved yet.')
    expect(await simulator.mails()).toHaveLength(1)
  })

test('a connection test uses the typed values and saves nothing', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await expect(mailServer.field('Client Secret')).toHaveValue(simulator.facts.clientSecret) // not lost by the test
  await expect(page.getByText(NOT_SAVED)).toBeVisible()

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
