import { expect, test } from 'vitest'
import { Redacted } from '../kernel/redacted'
import { checkPassword } from './enter-password'
import { HashQueueFull, hashPassword, isWeaker, verifyPassword } from './password-hash'

test('A-03 a password is hashed by argon2id with 19 MiB and two passes, and only the same password fits', async () => {
  const phc = await hashPassword('quiet purple kettle rain')
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await verifyPassword(phc, 'quiet purple kettle rain')).toBe(true)
  expect(await verifyPassword(phc, 'quiet purple kettle raim')).toBe(false)
  expect(await verifyPassword('not a hash', 'quiet purple kettle rain')).toBe(false)
})

test.each([
  ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', false],
  ['$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA', false],
  ['$argon2id$v=19$m=8192,t=2,p=1$c2FsdA$aGFzaA', true],
  ['$argon2id$v=19$m=19456,t=1,p=1$c2FsdA$aGFzaA', true],
  ['$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', true],
  ['$2b$12$abcdefghijklmnopqrstuv', true],
])('A-03 whether the hash %s is weaker than a new one: %s', (phc, weaker) => {
  expect(isWeaker(phc)).toBe(weaker)
})

test('A-03 of 120 passwords at once four are hashed, a hundred wait in bounded memory, and the rest are turned away', async () => {
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 5)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 120 }, (_, n) => hashPassword(`passphrase number ${n}`)),
  )
  clearInterval(watch)
  const turnedAway = outcomes.filter(
    (outcome) => outcome.status === 'rejected' && outcome.reason instanceof HashQueueFull,
  )
  expect(turnedAway).toHaveLength(16) // 4 run, 100 wait
  expect((peak - before) / 2 ** 20).toBeLessThan(150) // four of 19 MiB and the allocator's slack; unbounded it would be 2.3 GiB
}, 60_000)

test('A-05 an account that does not exist takes its turn like others: turned away while all wait, refused afterwards', async () => {
  const waiting = Array.from({ length: 104 }, () => hashPassword('a passphrase'))
  const check = () => checkPassword(null, new Redacted('a passphrase'))
  expect(await check()).toBe('busy')
  // Longer than any password may be: it takes no turn.
  expect(await checkPassword(null, new Redacted('x'.repeat(1_025)))).toBe('wrong')
  await Promise.all(waiting)
  expect(await check()).toBe('wrong')
}, 60_000)
