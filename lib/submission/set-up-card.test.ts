import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { submissionWorld } from '../../tests/support/submission'
import { DEVICES, entrancesFor, exampleFor, PASSWORD_PLACE, senderFor } from './set-up-card'

const { database, ending } = databaseOfEach()
const run = promisify(execFile)

test('each example names the server, the port and the login, and no password', () => {
  for (const device of DEVICES) {
    const connection = { host: 'mail.contoso.example', port: 587, entrance: 'starttls', login: 'scan-1a2b' } as const
    const example = exampleFor(device, { ...connection, sender: 'scanner@contoso.example' })
    if (device === 'printer') expect(example).toBeNull()
    else
      for (const part of ['mail.contoso.example', '587', 'scan-1a2b', PASSWORD_PLACE])
        expect(example?.text, device).toContain(part)
  }
})

test('a client is offered only ports that are on and that it can use', () => {
  const ports = { starttls: 587, plain: 25 }
  expect(entrancesFor('login', ports)).toEqual([{ entrance: 'starttls', port: 587 }])
  expect(entrancesFor('network', ports)).toEqual([{ entrance: 'plain', port: 25 }])
  expect(entrancesFor('network', { tls: 465 })).toEqual([])
})

test('the sender of an example is one that the client may use', () => {
  expect(senderFor({ senders: ['*@contoso.example', 'scanner@contoso.example'] })).toBe('scanner@contoso.example')
  expect(senderFor({ senders: ['*@contoso.example'] })).toBe('name@contoso.example')
})

test('the Python example puts a message into the outbox', async () => {
  const it = await submissionWorld({ database })
  ending.push(() => it.close())
  const { id, login, secret } = await it.client()
  const connection = { host: '127.0.0.1', port: it.ports.starttls ?? 0, entrance: 'starttls', login } as const
  const example = exampleFor('python', { ...connection, sender: 'scanner@contoso.example' })
  await run('python3', ['-c', (example?.text ?? '').replace(PASSWORD_PLACE, secret)])
  expect(await database.db.message.findFirstOrThrow()).toMatchObject({ clientId: id, subject: 'Test' })
})
