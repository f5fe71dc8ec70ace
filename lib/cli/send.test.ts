import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { databaseOfEach } from '../../tests/support/each-database'
import { caller } from '../../tests/support/mail-server'
import { outboxAt } from '../../tests/support/outbox'
import { savePolicyRules } from '../../tests/support/saved-policy'
import { startSmtp } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { systemClock } from '../kernel'
import { createOperatorMessages, type OperatorMessageFields } from '../submission/operator-message'
import { register } from './send'

const database = databaseOfEach()

const FIELDS: OperatorMessageFields = {
  from: 'anna@contoso.example',
  as: '',
  to: 'ben@fabrikam.example; cleo@fabrikam.example',
  subject: 'Grüße',
  text: 'Guten Tag\n',
}

async function world(port = 25) {
  const outbox = await outboxAt({ database, port })
  const baseUrl = new URL('https://console.contoso.example')
  return { outbox, messages: createOperatorMessages({ db: database.db, clock: systemClock, baseUrl, outbox }) }
}

test('R-14 a message of an operator and its audit entry are stored together, and it goes out by the rules', async () => {
  const smtp = await untilTestEnds(startSmtp({ security: 'none' }))
  const { outbox, messages } = await world(smtp.port)
  const sent = await messages.send(caller, { ...FIELDS, as: 'sales@contoso.example' })
  const id = sent.ok ? sent.value.id : ''
  expect(await database.db.message.findUniqueOrThrow({ where: { id } })).toMatchObject({
    source: 'console',
    clientId: null,
    originator: 'sales@contoso.example',
    returnPath: 'anna@contoso.example',
  })
  expect(await database.db.auditEvent.findFirstOrThrow({ where: { action: 'message.send' } })).toMatchObject({
    subject: `message:${id}`,
    details: { id, from: 'anna@contoso.example', as: 'sales@contoso.example', recipients: 2 },
  })
  const delivery = await outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => smtp.messages.length).toBe(1)
  expect(smtp.messages[0]).toMatch(/^From: Contoso <noreply@contoso\.example>\r\n[\s\S]*\r\n\r\nGuten Tag(\r\n)*$/)
})

test('U-04 without its audit entry no message is stored', async () => {
  const { messages } = await world()
  await database.db
    .$executeRaw`ALTER TABLE "AuditEvent" ADD CONSTRAINT unwritable CHECK ("action" <> 'message.send') NOT VALID`
  await expect(messages.send(caller, FIELDS)).rejects.toThrow()
  expect(await database.db.message.count()).toBe(0)
})

test('W-03 each field that is not valid is named, and nothing is stored', async () => {
  const { messages } = await world()
  const fields = { from: 'a', as: 'b', to: '', subject: 'a\nb', text: ' ' }
  const sent = await messages.send(caller, fields)
  expect(sent).toMatchObject({ ok: false, error: { kind: 'errors' } })
  if (!sent.ok && sent.error.kind === 'errors')
    expect(Object.keys(sent.error.errors).sort()).toEqual(Object.keys(fields).sort())
  expect(await database.db.message.count()).toBe(0)
})

test('the command prints the id, and says what is wrong with exit code 1', async () => {
  const { messages } = await world()
  const run = (...args: string[]) => runCommand(register, { operatorMessages: messages }, ['send', ...args])
  const common = ['--from', 'anna@contoso.example', '--to', 'ben@fabrikam.example', '--subject', 'S']
  const { out } = await run(...common, '--text', 'x', '--json')
  expect(out).toEqual([{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) }])
  const wrong = await run(...common, '--text', 'x', '--to', 'nobody')
  expect(wrong).toMatchObject({ code: 1, err: [expect.stringMatching(/^--to: /)] })
  expect(await run(...common, '--text', 'x', '--to', 'nobody', '--json')).toMatchObject({
    code: 1,
    out: [{ errors: { '--to': expect.stringContaining('no name before an @') } }],
  })
  await expect(run(...common)).rejects.toThrow('give either --text or --file')
})

test('with --json a message that the rules decline is answered with the sentence too', async () => {
  expect((await savePolicyRules(database.db, { otherwise: 'decline', rules: [] })).ok).toBe(true)
  const { messages } = await world()
  const args = ['--from', 'anna@contoso.example', '--to', 'ben@fabrikam.example', '--subject', 'S', '--text', 'x']
  const declined = await runCommand(register, { operatorMessages: messages }, ['send', ...args, '--json'])
  expect(declined).toMatchObject({ code: 1, err: [expect.stringContaining('anna@contoso.example')] })
  expect(declined.out).toEqual([{ error: 'rule-declines', reason: declined.err[0] }])
})
