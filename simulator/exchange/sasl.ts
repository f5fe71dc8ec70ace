import type { Credentials } from './smtp-host'

type Asked = Credentials | 'cancelled' | 'malformed' | 'gone'
const decode = (text: string): string | null =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString() : null

/** `user=` mailbox ^A `auth=Bearer ` token ^A^A, in base64. */
export function readXoauth2(response: string): Credentials | 'malformed' {
  const [user = '', bearer = '', ...end] = (decode(response) ?? '').split('\x01')
  const wellFormed = user.startsWith('user=') && bearer.startsWith('auth=Bearer ') && end.join('|') === '|'
  if (!wellFormed) return 'malformed'
  return { mechanism: 'XOAUTH2', user: user.slice('user='.length), secret: bearer.slice('auth=Bearer '.length) }
}

/** RFC 4616: authorization id, user and password, separated by NUL. */
export function readPlain(response: string): Credentials | 'malformed' {
  const [, user, secret] = (decode(response) ?? '').split('\0')
  return user === undefined || secret === undefined ? 'malformed' : { mechanism: 'PLAIN', user, secret }
}

/** Two prompts, "Username:" and "Password:"; the first answer may come with the command. */
export async function readLogin(
  initial: string | undefined,
  ask: (prompt: string) => Promise<string | null>,
): Promise<Asked> {
  const first = initial ?? (await ask('VXNlcm5hbWU6'))
  if (first === null) return 'gone'
  if (first === '*') return 'cancelled'
  const second = await ask('UGFzc3dvcmQ6')
  if (second === null) return 'gone'
  if (second === '*') return 'cancelled'
  const [user, secret] = [decode(first), decode(second)]
  return user === null || secret === null ? 'malformed' : { mechanism: 'LOGIN', user, secret }
}
