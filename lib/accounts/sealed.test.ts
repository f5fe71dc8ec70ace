import { expect, test } from 'vitest'
import { Redacted } from '../kernel/redacted'
import { openSealed, seal } from './sealed'

const under = (secret: string) => ({ settings: { secret: new Redacted(secret) } })
const SECRET = 'a secret of the deployment, long enough'
/** Made by better-auth 1.7.25, which sealed what is stored before. */
const SEALED_BEFORE =
  '767b89a5af37a3c13560a5158d323003165ade87e7a697d943c0ae002150fddc243eb97dbc63e9864984a86c8e047d1503c7a52d2622b8ffa6b7ebafac4344'

test('what is sealed opens with the same secret only, also if an earlier version sealed it', () => {
  expect(openSealed(under(SECRET), SEALED_BEFORE)).toBe('sealed by version 0.1.0')
  for (const text of ['', 'seed', 'ä '.repeat(500)]) {
    const sealed = seal(under(SECRET), text)
    expect(seal(under(SECRET), text)).not.toBe(sealed)
    expect(openSealed(under(SECRET), sealed)).toBe(text)
    expect(openSealed(under('another secret'), sealed)).toBeNull()
  }
  for (const wrong of ['', 'no hex', SEALED_BEFORE.slice(2), `${SEALED_BEFORE.slice(0, -1)}5`])
    expect(openSealed(under(SECRET), wrong)).toBeNull()
})
