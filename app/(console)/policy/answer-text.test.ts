import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'

test.each([
  ['en', 1, 0, 'No rule matches a message of the last 24 hours.'],
  ['en', 1, 1, 'Rules match the only message of the last 24 hours.'],
  ['en', 12, 12, 'Rules match all twelve messages of the last 24 hours.'],
  ['en', 1204, 1, 'Rules match one of 1,204 messages of the last 24 hours.'],
  ['de', 1, 0, 'Keine Regel trifft auf eine Nachricht der letzten 24 Stunden zu.'],
  ['de', 1, 1, 'Regeln treffen auf die einzige Nachricht der letzten 24 Stunden zu.'],
  ['de', 1204, 3, 'Regeln treffen auf 3 von 1.204 Nachrichten der letzten 24 Stunden zu.'],
] as const)('%s: of %i messages, rules match %i, sent before them or after', (locale, messages, decided, text) => {
  const values = { messages, decided, undecided: messages - decided }
  expect(translatorFor(locale, 'policy')('answer.decided', values)).toBe(text)
})
