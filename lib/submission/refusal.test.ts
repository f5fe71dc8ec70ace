import { expect, test } from 'vitest'
import { type RefusalCode, refusal, refusalIn, SESSION_REFUSALS, smtpReply } from './refusal'

const ABOUT = {
  ...{ client: 'Scanner', scope: 'send', address: '192.0.2.7', sender: 'scanner@contoso.example', parameter: 'RET' },
  ...{
    recipient: 'anna@fabrikam.example',
    rule: 'Rule “Partners only”',
    max: 25,
    reason: 'no shared cipher',
    reply: '500',
  },
}
const replies = SESSION_REFUSALS.map((code) => {
  const { code: basic, text } = smtpReply(refusal(code as RefusalCode, ABOUT))
  return { code, basic, enhanced: text.slice(0, 5), sentence: text.slice(6) }
})

test.each<[client: string, printed: (reply: (typeof replies)[number]) => string]>([
  ['Java', ({ basic, enhanced, sentence }) => `SMTPSendFailedException: ${basic} ${enhanced} ${sentence}`],
  ['smtplib', ({ basic, enhanced, sentence }) => `smtplib.SMTPDataError: (${basic}, b'${enhanced} ${sentence}')`],
  ['Email::Sender', ({ enhanced, sentence }) => `failed AUTH: ${enhanced} ${sentence}`],
  [
    'PHPMailer',
    ({ basic, enhanced, sentence }) =>
      `MAIL FROM command failed Detail: ${sentence.replace(' ', '\n ')}\n SMTP code: ${basic} Additional SMTP info: ${enhanced}`,
  ],
])('every answer of the listener is found in what %s prints', (_, printed) => {
  expect(replies.map((reply) => [reply.code, refusalIn(printed(reply))])).toEqual(
    replies.map(({ code }) => [code, code]),
  )
})

test.each([
  '',
  '535 5.7.3 Authentication unsuccessful',
  '535 5.7.8 Username and Password not accepted.',
  '552 5.3.4 Message size exceeds fixed limit',
  '421 4.3.2 Service not available, try again later',
  '550 5.7.1 Client host rejected: may not send',
  '421 4.7.0 Too many connections from your IP. Try again later.',
  '501 5.1.3 anna@ is not a valid address.',
  'User name or password is wrong.',
])('the answer of another server is none of the listener: %s', (text) => {
  expect(refusalIn(text)).toBeNull()
})
