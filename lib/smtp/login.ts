import type { SMTPConnectionCustomAuthContext } from 'nodemailer/lib/smtp-connection'
import { fail, ok, type Result, type SmtpFault } from '../kernel'
import { Redacted } from '../kernel/redacted'
import type { SmtpServer } from './contracts'
import { type FaultContext, smtpFault } from './reply'

type Login = SmtpServer['login']
type Send = (command: string, logged: string) => Promise<string>

/** Command length with its line end (RFC 5321 §4.5.3.1.4). Microsoft accepts more; strict servers answer 500 and may disconnect. */
const COMMAND_OCTETS_MAX = 512
const LINE_END_OCTETS = 2

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/** Writes the initial response of SASL XOAUTH2: user and bearer between control-A bytes. */
export const xoauth2Response = (mailbox: string, token: Redacted): Redacted =>
  new Redacted(base64(`user=${mailbox}\u0001auth=Bearer ${token.reveal()}\u0001\u0001`))

const plainResponse = (username: string, password: Redacted): Redacted =>
  new Redacted(base64(`\u0000${username}\u0000${password.reveal()}`))

/** The texts to remove from replies: the credential, and the whole response of AUTH. */
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

/** The mechanism to use of those that the server offers, or null if none is suitable. */
export function mechanismFor(login: Login, offered: readonly string[]): 'PLAIN' | 'LOGIN' | 'XOAUTH2' | null {
  if (login.kind === 'xoauth2') return offered.includes('XOAUTH2') ? 'XOAUTH2' : null
  return (['PLAIN', 'LOGIN'] as const).find((mechanism) => offered.includes(mechanism)) ?? null
}

/**
 * Sends one AUTH and never a second one, which could not help with the same credential and counts towards a lockout. This is not
 * nodemailer's login because that drops the 334 challenge and then tries again.
 */
export async function authenticate(
  login: Exclude<Login, { kind: 'none' }>,
  { authMethods }: Pick<SMTPConnectionCustomAuthContext, 'authMethods'>,
  send: Send,
  context: FaultContext,
): Promise<Result<{ mechanism: string }, SmtpFault>> {
  const mechanism = mechanismFor(login, authMethods)
  if (!mechanism) {
    const reply =
      authMethods.length > 0 ? `the server offers AUTH ${authMethods.join(' ')}` : 'the server offers no AUTH'
    return fail({ kind: 'smtp', code: 504, enhanced: null, reply, login: context.login, missing: 'auth-mechanism' })
  }
  const reply = await logIn(login, mechanism, send)
  if (reply.startsWith('235')) return ok({ mechanism })
  if (!reply.startsWith('334')) return fail(smtpFault(reply, context))
  // The challenge contains the reason. The final rejection follows an empty answer (RFC 7628 §3.2.3).
  const challenge = context.scrub(Buffer.from(reply.slice(4), 'base64').toString('utf8'))
  return fail({ ...smtpFault(await send('', ''), context), challenge })
}

function logIn(login: Exclude<Login, { kind: 'none' }>, mechanism: string, send: Send): Promise<string> {
  if (login.kind === 'xoauth2') return respond('XOAUTH2', xoauth2Response(login.mailbox, login.token), send)
  if (mechanism === 'PLAIN') return respond('PLAIN', plainResponse(login.username, login.password), send)
  return loginInTurns(login, send)
}

/** Sends the response in the command if it fits, else after the server's empty `334` (RFC 4954 §4). */
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
