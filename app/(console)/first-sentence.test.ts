import { expect, test } from 'vitest'
import { remedy } from '@/lib/diagnosis'
import { LOCALES } from '@/lib/i18n/locale'
import { DIAGNOSIS_CODES } from '@/lib/kernel/diagnosis-code'
import { BUILT_IN_CLOUDS } from '@/lib/kernel/mail-server-settings'
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
  [
    'It answered “5.7.1 “x. y” is full. Later” and left. No.',
    'It answered “5.7.1 “x. y” is full. Later” and left.',
    'No.',
  ],
  ['Er hat „“x. y” ist voll. Später“ geantwortet. Nein.', 'Er hat „“x. y” ist voll. Später“ geantwortet.', 'Nein.'],
  ['It answered “without an end. And', 'It answered “without an end. And', ''],
  ['', '', ''],
])('the first sentence of %j is what ends outside of quotation marks', (text, ...parts) => {
  expect(firstSentence(text)).toEqual(parts)
})

/** Two lines of an answer on a wide screen. */
const ANSWER_CHARS_MAX = 135

test.each(LOCALES)('the first sentence of each cause is short, whatever it enumerates below (%s)', (locale) => {
  const exchange = {
    cloud: BUILT_IN_CLOUDS[0] ?? null,
    tenantId: '9b1d8a5e-2c44-4d8e-9c1a-0d6f8f0a1b2c',
    clientId: '5f2c7f40-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
    ...{ sender: 'noreply@contoso.example', recipient: 'someone@litware.example' },
    ...{ host: 'smtp.office365.com', port: 587, audience: 'https://graph.microsoft.com' },
  }
  const relay = { ...exchange, cloud: null, host: 'relay.contoso.example', evidence: 'ENETUNREACH 2001:db8::1' }
  const long = DIAGNOSIS_CODES.flatMap((code) =>
    [exchange, relay].map((facts) => firstSentence(remedy(code, facts, locale).cause)[0]),
  ).filter(({ length }) => length > ANSWER_CHARS_MAX)
  expect(long).toEqual([])
})

test.each(LOCALES)('no cause has an abbreviation or a number with a full stop in its first sentence (%s)', (locale) => {
  for (const code of DIAGNOSIS_CODES) {
    const [first, rest] = firstSentence(remedy(code, { evidence: '451 4.7.1 “A. b” is busy. Later' }, locale).cause)
    expect(first).not.toMatch(/[ .]\p{L}\.$| \d{1,2}\.$|“.$/u)
    expect(rest).toMatch(/^(?:\p{Lu}|$)/u)
  }
})
