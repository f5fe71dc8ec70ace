import type { SMTPConnectionCustomAuthContext } from 'nodemailer/lib/smtp-connection'
import type { SmtpFault } from '../kernel/faults'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import type { SmtpServer } from './contracts'
import { type FaultContext, smtpFault } from './reply'

type Login = SmtpServer['login']
type Send = (command: string, logged: string) => Promise<string>
type Offered = Pick<SMTPConnectionCustomAuthContext, 'authMethods'>

/** RFC 5321 §4.5.3.1.4, with its line end. Microsoft takes more; strict servers answer 500 and may close. */
const COMMAND_OCTETS_MAX = 512
const LINE_END_OCTETS = 2

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/** SASL XOAUTH2 initial response: user and bearer between control-A bytes. */
export const xoauth2Response = (mailbox: string, token: Redacted): Redacted =>
  new Redacted(base64(`user=${mailbox}\u0001auth=Bearer ${token.reveal()}\u0001\u0001`))

const plainResponse = (username: string, password: Redacted): Redacted =>
  new Redacted(base64(`\u0000${username}\u0000${password.reveal()}`))

/** Everything whose echo must not be kept: the credential, and the whole of what AUTH says. */
export function secretsOf(login: Login): Redacted[] {
  switch (login.kind) {
    case 'none':
      return []
    case 'password':
      return [login.password, plainResponse(login.username, login.password)]
    case 'xoauth2':
      return [login.token, xoauth2Response(login.mailbox, login.token)]
  }
}

/** The mechanism to log in by, of those the server offers; null when none will do. */
export function mechanismFor(login: Login, offered: readonly string[]): 'PLAIN' | 'LOGIN' | 'XOAUTH2' | null {
  if (login.kind === 'xoauth2') return offered.includes('XOAUTH2') ? 'XOAUTH2' : null
  return (['PLAIN', 'LOGIN'] as const).find((mechanism) => offered.includes(mechanism)) ?? null
}

/**
 * One AUTH, never two: a second try with the same credential cannot help and counts towards a lockout. Written by ourselves
 * because nodemailer drops the 334 challenge and then tries again.
 */
export async function authenticate(
  login: Exclude<Login, { kind: 'none' }>,
  { authMethods }: Offered,
  send: Send,
  context: FaultContext,
): Promise<Result<{ mechanism: string }, SmtpFault>> {
  const mechanism = mechanismFor(login, authMethods)
  if (!mechanism) {
    const reply =
      authMethods.length > 0 ? `the server offers AUTH ${authMethods.join(' ')}` : 'the server offers no AUTH'
    return fail({ kind: 'smtp', code: 504, enhanced: null, reply, login: context.login, missing: 'auth-mechanism' })
  }
  const reply =
    login.kind === 'xoauth2'
      ? await respond('XOAUTH2', xoauth2Response(login.mailbox, login.token), send)
      : mechanism === 'PLAIN'
        ? await respond('PLAIN', plainResponse(login.username, login.password), send)
        : await loginInTurns(login, send)

  if (reply.startsWith('235')) return ok({ mechanism })
  if (!reply.startsWith('334')) return fail(smtpFault(reply, context))
  // The reason comes as a challenge; the final refusal follows an empty answer (RFC 7628 §3.2.3).
  const challenge = context.scrub(Buffer.from(reply.slice(4), 'base64').toString('utf8'))
  return fail({ ...smtpFault(await send('', ''), context), challenge })
}

/** The response in the command where it fits, else behind the server's empty `334` (RFC 4954 §4). */
async function respond(mechanism: 'PLAIN' | 'XOAUTH2', response: Redacted, send: Send): Promise<string> {
  const command = `AUTH ${mechanism}`
  const whole = `${command} ${response.reveal()}`
  if (Buffer.byteLength(whole) + LINE_END_OCTETS <= COMMAND_OCTETS_MAX) return send(whole, `${command} [secret]`)
  const goAhead = await send(command, command)
  return goAhead.startsWith('334') ? send(response.reveal(), '[secret]') : goAhead
}

async function loginInTurns({ username, password }: Extract<Login, { kind: 'password' }>, send: Send): Promise<string> {
  const first = await send('AUTH LOGIN', 'AUTH LOGIN')
  if (!first.startsWith('334')) return first
  const second = await send(base64(username), '[username]')
  if (!second.startsWith('334')) return second
  return send(base64(password.reveal()), '[secret]')
}
