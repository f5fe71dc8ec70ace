import { exchangeFields, type Fields, mailServerForm, smtpFields, startTest } from './support/calls'
import { expect, test } from './support/fixtures'
import { ask, cookieHeader, textOf } from './support/http'
import { MailServerPage } from './support/mail-server-page'
import type { Simulator, SimulatorFacts } from './support/simulator'

interface Fault {
  code: string
  title: string
  /** What goes wrong at the false Microsoft 365. */
  happens?: (simulator: Simulator) => Promise<void>
  /** What was typed wrong; Exchange Online unless `smtp` is there. */
  typed?: Fields
  smtp?: Fields
  /** This organisation's own values, which the remedy must show. */
  shows: (facts: SimulatorFacts) => (string | RegExp)[]
}

const OTHER_ID = '9f8d1c2b-4e5a-4b6c-8d7e-0f1a2b3c4d5e'
/** Of the form of a real one, and not the one that Entra knows. */
const OTHER_SECRET = 'Q1w8Q~abcdefghijklmnopqrstuvwxyz0123456789'

const FAULTS: Fault[] = [
  {
    code: 'secret-expired',
    title: 'The client secret has expired',
    happens: (simulator) => simulator.change('expire-secret'),
    shows: ({ clientId }) => [clientId, 'Certificates & secrets', 'AADSTS7000222'],
  },
  {
    code: 'secret-invalid',
    title: 'The client secret is wrong',
    typed: { clientSecret: OTHER_SECRET },
    shows: ({ clientId }) => [clientId, 'AADSTS7000215'],
  },
  {
    code: 'application-not-found',
    title: 'Entra does not know this application',
    typed: { clientId: OTHER_ID },
    shows: ({ tenantId }) => [tenantId, OTHER_ID, 'AADSTS700016'],
  },
  {
    code: 'tenant-not-found',
    title: 'Entra does not know this tenant',
    typed: { tenantId: OTHER_ID },
    shows: () => [OTHER_ID, 'AADSTS90002'],
  },
  {
    code: 'role-missing',
    title: 'The permission SMTP.SendAsApp is missing',
    happens: (simulator) => simulator.change('remove-consent'),
    shows: ({ clientId }) => [clientId, 'Grant admin consent'],
  },
  {
    code: 'exchange-rejected-token',
    title: 'Exchange does not accept the application yet',
    happens: (simulator) => simulator.change('unregister-service-principal'),
    shows: ({ clientId, objectId, sender }) => [
      new RegExp(`New-ServicePrincipal -AppId '?${clientId}'? -ObjectId '?${objectId}`),
      new RegExp(`Add-MailboxPermission -Identity '?${sender}`),
    ],
  },
  {
    code: 'mailbox-permission-missing',
    title: 'The application is not allowed to use this mailbox',
    happens: (simulator) => simulator.change('remove-mailbox-permission'),
    shows: ({ objectId, sender }) => [objectId, `Add-MailboxPermission -Identity '${sender}' -User $sp.Sid`],
  },
  {
    code: 'smtp-auth-disabled-for-mailbox',
    title: 'SMTP AUTH is off for this mailbox',
    happens: (simulator) => simulator.change('smtp-auth-mailbox', { disabled: true }),
    shows: ({ sender }) => [new RegExp(`Set-CASMailbox .*${sender}`)],
  },
  {
    code: 'recipient-not-found',
    title: 'The recipient does not exist',
    typed: { testTo: 'nobody@contoso.example' },
    shows: () => ['nobody@contoso.example', '5.1.10'],
  },
  {
    code: 'credentials-incorrect',
    title: 'The server does not accept user name and password',
    smtp: { password: 'not the password' },
    shows: ({ smtpServer }) => [smtpServer.username, smtpServer.host],
  },
  {
    code: 'certificate-untrusted',
    title: 'The server’s certificate is not trusted',
    happens: (simulator) => simulator.fault({ smtpCertificate: 'self-signed' }),
    shows: ({ cloud }) => [String(cloud.smtpHost), 'NODE_EXTRA_CA_CERTS'],
  },
  {
    code: 'starttls-not-offered',
    title: 'STARTTLS',
    happens: (simulator) => simulator.fault({ smtpNoStartTls: true }),
    shows: ({ cloud }) => [String(cloud.smtpHost)],
  },
]

for (const { code, title, happens, typed, smtp, shows } of FAULTS) {
  test(`${code} ends in its remedy, with this organisation's own values`, async ({ tree, sessionOf, simulator }) => {
    await happens?.(simulator)
    const admin = await sessionOf('admin')
    const form = smtp ? { ...smtpFields(simulator.facts), ...smtp } : { ...exchangeFields(simulator.facts), ...typed }
    const events = await (await startTest(tree, admin, mailServerForm(form))).text()
    const [, test] = /"testId":"([\w-]+)"/.exec(events) ?? []
    const { body } = await ask(tree.baseUrl, `/mail-server/tests/${test}`, { headers: cookieHeader(admin) })

    const [remedy = body] = /<article\b.*?<\/article>/s.exec(body) ?? []
    // Long commands are broken with the sign by which PowerShell reads them as one line.
    const text = textOf(remedy).replaceAll(/ `\s+/g, ' ')
    expect(text).toContain(title)
    for (const value of shows(simulator.facts)) expect(text).toMatch(value)
    expect(remedy).toMatch(new RegExp(`<a\\b[^>]*href="/help/${code}".*<code\\b[^>]*>${code}</code>`, 's'))
    expect(await simulator.mails()).toEqual([])
  })
}

test('A-12 with Microsoft unreachable an administrator still signs in, reads why, and repairs it', async ({
  page,
  signIn,
  simulator,
}) => {
  await simulator.fault({ entraDrop: true, smtpSilent: true })
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.setUpExchangeByHand(simulator.facts)
  await mailServer.test()
  await expect(page.getByRole('article')).toContainText('Failed at step 2 of 9: token', { timeout: 35_000 })

  await simulator.reset()
  await mailServer.test()
  await mailServer.accepted()
})
