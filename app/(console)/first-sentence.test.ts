import { expect, test } from 'vitest'
import { firstSentence } from './first-sentence'

test.each([
  ['Entra issued no token. A proxy is in the way. Ask.', 'Entra issued no token.', 'A proxy is in the way. Ask.'],
  ['smtp.office365.com timed out.', 'smtp.office365.com timed out.', ''],
  [
    'It answered “451 4.7.1 Busy. Try later.” and left. It gave no reason.',
    'It answered “451 4.7.1 Busy. Try later.” and left.',
    'It gave no reason.',
  ],
  ['Er hat „Zu viel. Später.“ geantwortet. Mehr nicht.', 'Er hat „Zu viel. Später.“ geantwortet.', 'Mehr nicht.'],
  ['It answered “without an end. And', 'It answered “without an end. And', ''],
  ['', '', ''],
])('the first sentence of %j is what ends outside of quotation marks', (text, ...parts) => {
  expect(firstSentence(text)).toEqual(parts)
})
