import { expect, test, vi } from 'vitest'
import { fail, ok } from '../kernel'
import { type Login, withLogin } from './login'

const refusal = (stage: 'auth' | 'data', code: number) => ({
  stage,
  fault: { kind: 'smtp', code, enhanced: null, reply: `${code} refused`, login: 'xoauth2' } as const,
})
const REFUSED = fail(refusal('auth', 535))
const REVOKED = fail({ kind: 'failed', diagnosis: { code: 'secret-expired' } } as never)
const DONE = ok('sent')
const ENDED = fail({ kind: 'no-server' } as const)
const PAUSED = fail({ kind: 'paused' } as const)
const loginWith = (token: string | null) => ok({ token } as unknown as Login)
const [OLD, NEW] = [loginWith('old'), loginWith('new')]

test.each([
  ['is made once', { login: OLD, renewed: NEW, answers: [DONE] }, DONE, ['old']],
  ['is repeated with a new token', { login: OLD, renewed: NEW, answers: [REFUSED, DONE] }, DONE, ['old', 'new']],
  ['is repeated only once', { login: OLD, renewed: NEW, answers: [REFUSED, REFUSED] }, REFUSED, ['old', 'new']],
  [
    'keeps its refusal if a new token was refused',
    { login: OLD, renewed: PAUSED, answers: [REFUSED] },
    REFUSED,
    ['old'],
  ],
  ['ends with why there is no new token', { login: OLD, renewed: REVOKED, answers: [REFUSED] }, REVOKED, ['old']],
  ['has no token to renew', { login: loginWith(null), renewed: NEW, answers: [REFUSED] }, REFUSED, [null]],
  ['is not made without a login', { login: ENDED, renewed: NEW, answers: [] }, ENDED, []],
])('R-22 an attempt %s', async (_, { login, renewed, answers }, expected, tokens) => {
  const left: (typeof DONE | typeof REFUSED)[] = [...answers]
  const attempt = vi.fn(async (_: Login) => left.shift() ?? DONE)
  const credentials = { login: async () => login, renew: async () => renewed }
  const { signal } = new AbortController()
  expect(await withLogin(credentials, { signal }, attempt)).toEqual(expected)
  expect(attempt.mock.calls.map(([{ token }]) => token)).toEqual(tokens)
})

test.each([refusal('auth', 454), refusal('data', 535)])('R-22 no token is renewed after %o', async (refused) => {
  const renew = vi.fn(async () => NEW)
  const { signal } = new AbortController()
  const attempt = async () => fail(refused)
  expect(await withLogin({ login: async () => OLD, renew }, { signal }, attempt)).toEqual(fail(refused))
  expect(renew).not.toHaveBeenCalled()
})
