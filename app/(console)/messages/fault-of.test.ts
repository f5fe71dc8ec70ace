import { expect, test } from 'vitest'
import type { StoredAttempt } from '@/lib/outbox/store/messages'
import { faultCode, faultOf } from './fault-of'

const attempt = (mailServerId: string, code: string, decision: object) =>
  ({ mailServerId, code, decision }) as unknown as StoredAttempt
type Message = Parameters<typeof faultOf>[0]
type To = Message['to'][number]
const to = (address: string, code: To['code']): To => ({
  address,
  code,
  state: 'failed',
  reply: null,
  at: null,
})
const MESSAGE: Message = {
  mailServerId: 'first',
  mailbox: '',
  attempts: [],
  to: [to('a@fabrikam.example', null)],
  source: 'smtp',
}

test('a remedy names the mail server, sender, mailbox and recipient of the newest attempt that failed so', () => {
  const attempts = [
    attempt('second', 'server-busy', { from: 'late@contoso.example' }),
    attempt('first', 'send-as-denied', { from: 'info@contoso.example', login: 'shared@contoso.example' }),
    attempt('first', 'send-as-denied', { from: 'early@contoso.example' }),
  ]
  expect(faultOf({ ...MESSAGE, attempts }, 'send-as-denied')).toEqual({
    mailServerId: 'first',
    mail: { sender: 'info@contoso.example', mailbox: 'shared@contoso.example', recipient: null, isReport: false },
  })
  // The mail server's own mailbox is the one that it knows.
  const busy = { sender: 'late@contoso.example', recipient: null, isReport: false }
  expect(faultOf({ ...MESSAGE, attempts }, 'server-busy')).toEqual({ mailServerId: 'second', mail: busy })
})

test('without an attempt it is about where the message waits, and about the recipient who was refused so', () => {
  const refused = [to('a@fabrikam.example', 'mailbox-full'), to('b@fabrikam.example', 'recipient-not-found')]
  expect(faultOf({ ...MESSAGE, mailbox: 'shared@contoso.example', to: refused }, 'recipient-not-found')).toEqual({
    mailServerId: 'first',
    mail: { mailbox: 'shared@contoso.example', recipient: 'b@fabrikam.example', isReport: false },
  })
})

test('the remedy of a failure report knows that it is one', () => {
  expect(faultOf({ ...MESSAGE, source: 'report' }, 'recipient-not-found').mail).toMatchObject({ isReport: true })
})

test('a message that some recipients did not get has the fault of all of these, or none of several', () => {
  const [got, gone] = [to('a@fabrikam.example', null), to('b@fabrikam.example', 'recipient-not-found')]
  const partly: Parameters<typeof faultCode>[0] = {
    state: 'failed',
    reason: 'partly',
    lastCode: 'server-busy',
    to: [{ ...got, state: 'delivered' }, gone],
  }
  expect(faultCode(partly)).toBe('recipient-not-found')
  expect(faultCode({ ...partly, to: [...partly.to, to('c@fabrikam.example', 'mailbox-full')] })).toBe('partly')
  expect(faultCode({ ...partly, reason: 'expired' })).toBe('expired')
})
