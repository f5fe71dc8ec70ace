import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { RefusalCode } from '@/lib/submission/refusal'
import { refusalSentence } from './refusal-sentence'

test('a session says what the device did, never “Sign in first.” to the administrator who reads it', () => {
  const sentence = (code: string, locale: 'en' | 'de' = 'en') =>
    refusalSentence(
      { code: code as RefusalCode, params: {} },
      translatorFor(locale, 'clients'),
      translatorFor(locale, 'submission'),
    )
  expect(sentence('login-needed')).toBe('The device did not sign in.')
  expect(sentence('login-unencrypted', 'de')).toBe('Das Gerät hat die Verbindung nicht verschlüsselt.')
  expect(sentence('login-wrong')).toBe('User name or password is wrong.')
  expect(sentence('of-a-newer-version')).toBe('of-a-newer-version')
})
