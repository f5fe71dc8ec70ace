import { sha256 } from '../web/received'
import { readLogin, readPlain, readXoauth2 } from './sasl'
import type { Credentials, Mechanism } from './smtp-host'
import { type SmtpWire, said } from './smtp-wire'

/** Handles AUTH (RFC 4954). Returns false when the conversation is over. */
export async function authenticate(wire: SmtpWire, rest: string, mechanisms: readonly Mechanism[]): Promise<boolean> {
  const { talk, parts } = wire
  const { host, faults, entry } = parts
  const [wanted = '', initial] = rest.split(' ')
  const mechanism = mechanisms.find((name) => name === wanted.toUpperCase())
  if (talk.helo === null) return wire.refuse('503 5.5.1 Send hello first')
  if (talk.login !== null) return wire.refuse('503 5.5.1 Already authenticated')
  if (!mechanism) return wire.refuse('504 5.7.4 Unrecognized authentication type')
  let echo = `AUTH ${rest}`
  const login = await credentials(wire, mechanism, initial, (line) => {
    echo += ` ${line}`
  })
  if (login === 'gone') return false
  if (login !== 'cancelled' && login !== 'malformed') count(wire, login.secret)
  if (mechanism === 'XOAUTH2' && faults.is('smtpChallenge')) {
    const challenge = { status: '401', schemes: 'bearer mac', scope: 'https://outlook.office365.com/.default' }
    await wire.say(`334 ${Buffer.from(JSON.stringify(challenge)).toString('base64')}`)
    if ((await wire.input.line()) === null) return false
    return wire.refuse('535 5.7.3 Authentication unsuccessful')
  }
  const reply = await wire.answer('auth', () => {
    if (faults.is('smtpEchoAuth')) return `535 5.7.3 Authentication unsuccessful: ${echo} {tail}`
    if (login === 'malformed') return '501 5.5.2 Cannot decode response {tail}'
    if (login === 'cancelled') return '535 5.7.3 Authentication unsuccessful {tail}'
    const verdict = host.login(login, talk)
    talk.login = verdict.login
    return verdict.reply
  })
  if (reply.startsWith('235') && login !== 'malformed' && login !== 'cancelled') {
    talk.login ??= { who: login.user, user: login.user, tenantId: null, principalId: null }
    entry.login = talk.login.user
  } else talk.login = null
  return said(reply)
}

function count({ parts: { entry }, talk }: SmtpWire, secret: string): void {
  entry.secretBytes += Buffer.byteLength(secret)
  if (talk.tls === null) entry.clearSecretBytes += Buffer.byteLength(secret)
  entry.secretSha256.push(sha256(secret))
}

async function credentials(
  wire: SmtpWire,
  mechanism: Mechanism,
  initial: string | undefined,
  heard: (line: string) => void,
): Promise<Credentials | 'cancelled' | 'malformed' | 'gone'> {
  const ask = async (prompt: string): Promise<string | null> => {
    if ((await wire.say(`334 ${prompt}`)) === '') return null
    const line = (await wire.input.line())?.toString() ?? null
    if (line !== null) heard(line)
    return line
  }
  if (mechanism === 'LOGIN') return readLogin(initial, ask)
  const response = initial ?? (await ask(''))
  if (response === null) return 'gone'
  if (response === '*') return 'cancelled'
  return mechanism === 'PLAIN' ? readPlain(response) : readXoauth2(response)
}
