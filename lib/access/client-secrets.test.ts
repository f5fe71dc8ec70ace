import { expect, test } from 'vitest'
import { madeUnpredictably, randomBitsOf } from '../../tests/support/unpredictable'
import { hintOf, isApiKey, isGeneratedSecret, newApiKey, newPassword } from './client-secrets'

test('A-11 an API key has 256 bits that follow from nothing, behind a prefix, and pages show four characters of them', () => {
  const keys = madeUnpredictably(newApiKey).map((key) => key.reveal())
  expect(keys.every((key) => key.startsWith('prk_') && isApiKey(key) && isGeneratedSecret(key))).toBe(true)
  expect(randomBitsOf(keys.map((key) => Buffer.from(key.slice('prk_'.length), 'base64url')))).toBe(256)
  expect(hintOf(newApiKey())).toHaveLength('prk_'.length + 4)
})

test('a password has any of 31 characters, none of which looks like another, at each of its 18 places', () => {
  const passwords = madeUnpredictably(newPassword).map((password) => password.reveal())
  expect(passwords.every(isGeneratedSecret)).toBe(true)
  const places = passwords.map((password) => [...password.replaceAll('-', '')])
  for (let place = 0; place < 18; place++)
    expect([...new Set(places.map((characters) => characters[place]))].sort().join('')).toBe(
      '23456789abcdefghjkmnpqrstuvwxyz',
    )
})
