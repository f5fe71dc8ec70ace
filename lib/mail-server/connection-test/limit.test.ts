import { expect, test } from 'vitest'
import { translatorFor } from '../../i18n/translations'
import { validationErrorText } from '../../validation/validation-error'
import { limitReached, type TestLimit } from './limit'

const said = (locale: 'en' | 'de', limit: TestLimit, retryAfterMs: number): string =>
  validationErrorText(translatorFor(locale, 'validation'), limitReached({ limit, retryAfterMs }))

test('N-06 a refused test names the limit that is used up, and a long wait in minutes instead of seconds', () => {
  expect(said('en', 'console', 2_085_000)).toBe(
    'The console has used all 60 tests of this hour. Try again in 35 minutes.',
  )
  expect(said('en', 'operatorMinute', 41_200)).toBe(
    'You have used all five tests of this minute. Try again in 42 seconds.',
  )
  expect(said('en', 'operatorHour', 89_000)).toMatch(/in 89 seconds\.$/)
  expect(said('en', 'operatorHour', 90_000)).toMatch(/in 2 minutes\.$/)
  expect(said('de', 'consoleButPage', 2_085_000)).toBe(
    'Von den 60 Tests pro Stunde der gesamten Konsole sind die letzten zehn der Seite vorbehalten. Versuchen Sie es in 35 Minuten erneut.',
  )
})
