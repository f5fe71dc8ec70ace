import { expect, test } from 'vitest'
import translations from '../../messages/en/mail-server.json'
import type { Demo } from '../host/demo'
import { readPasted } from '../mail-server/paste'
import { welcome } from './demo'

/** What `demo --json` prints. */
const facts: Demo['facts'] = {
  baseUrl: 'http://localhost:3000',
  signIn: { email: 'admin@contoso.example', password: 'Yx8xAbCdEfGhIjKl' },
  tenantId: 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10',
  clientId: '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60',
  clientSecret: 'Xy88Q~0aBcDeFgHiJkLmNoPqRsTuVwXyZ_-12345',
  secretExpiresAt: '2027-11-30',
  sender: 'noreply@contoso.example',
  mailboxUrl: 'http://localhost:3001/mailbox',
  controlUrl: 'http://localhost:3001/control',
}
const lines = welcome({
  facts,
  cloudName: 'Simulated Microsoft 365',
  reminders: {
    webhookUrl: 'https://localhost:3002/hooks/postroom',
    teamsWebhookUrl:
      'https://localhost:3002/workflows/6f1c/triggers/manual/paths/invoke?api-version=2016-06-01&sig=c2ln',
    inboxUrl: 'http://localhost:3001/inbox',
  },
  smtpServer: { host: 'localhost', starttlsPort: 3003, tlsPort: 3004, username: 'postroom', password: 'Kl0mNoPqRsTu' },
  commands: {
    printer: "printf 'Subject: Scan' | curl --url smtp://localhost:2587 --user scanner-1a2b:abcd-efgh --upload-file -",
    application: "python3 -c \"import smtplib; s.login('shop-1a2b', 'abcd-efgh')\"",
    api: "curl -H 'Authorization: Bearer prk_0123456789' http://localhost:3000/api/v1/messages",
  },
  logFile: '/tmp/postroom-demo-x/postroom.log',
})

test('the block that demo prints goes through the paste helper with cloud, secret and expiry date, and without its passwords', () => {
  const { values, unread } = readPasted(lines.join('\n'))
  const { tenantId, clientId, clientSecret, secretExpiresAt, sender } = facts
  const copied = { tenantId, clientId, clientSecret, secretExpiresAt, senderAddress: sender }
  expect(values).toEqual({ cloud: 'Simulated Microsoft 365', ...copied })
  expect(readPasted(JSON.stringify(facts)).values).toEqual(copied)
  expect(unread).toContainEqual({ kind: 'label', label: 'Password' })
  for (const secret of [facts.signIn.password, 'abcd-efgh', 'prk_0123456789'])
    expect(JSON.stringify(unread)).not.toContain(secret)
})

test('demo prints where a second sender is allowed', () => {
  expect(lines.join('\n')).toMatch(/grant Send As here[\s\S]*Permissions +http\S+\/control#scanner@contoso\.example/)
})

test('demo names a recipient that the simulator accepts, since it rejects unknown addresses of contoso.example', () => {
  const text = lines.join(' ').replaceAll(/\s+/g, ' ')
  expect(text).toMatch(
    /to an address of another organisation, such as anna@fabrikam\.example \(at contoso\.example only/,
  )
  expect(text).not.toContain('any address')
})

test('what demo prints is labelled as the page labels it', () => {
  const { senderAddress, cloud, tenantId, clientId, clientSecret, secretExpiresAt, ...server } = translations.form
  const { host, port, username, password } = server
  const ofExchange = [senderAddress, cloud, tenantId, clientId, clientSecret, secretExpiresAt]
  for (const label of [...ofExchange, host, port, username, password])
    expect(
      lines.some((line) => line.startsWith(`    ${label}  `)),
      label,
    ).toBe(true)
})
