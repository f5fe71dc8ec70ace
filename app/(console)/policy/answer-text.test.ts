import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'

test.each([
  ['en', 1, 0, 'No message of the last 24 hours matched a rule.'],
  ['en', 1, 1, 'In the last 24 hours, rules decided the only message.'],
  ['en', 12, 12, 'In the last 24 hours, rules decided all twelve messages.'],
  ['en', 1204, 1, 'In the last 24 hours, rules decided one of 1,204 messages.'],
  ['de', 1, 0, 'Auf keine Nachricht der letzten 24 Stunden traf eine Regel zu.'],
  ['de', 1, 1, 'In den letzten 24 Stunden haben Regeln über die einzige Nachricht entschieden.'],
  ['de', 1204, 3, 'In den letzten 24 Stunden haben Regeln über 3 von 1.204 Nachrichten entschieden.'],
] as const)('%s: of %i messages, rules decided %i', (locale, messages, decided, text) => {
  const values = { messages, decided, undecided: messages - decided }
  expect(translatorFor(locale, 'policy')('answer.decided', values)).toBe(text)
})
