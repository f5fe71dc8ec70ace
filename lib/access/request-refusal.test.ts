import { expect, test } from 'vitest'
import { LOCALES } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import {
  BUSY,
  BYTES_MAX_HEADER,
  bytesMaxOf,
  FORM_BYTES_MAX,
  isTooLarge,
  REPORT_BYTES_MAX,
  requestRefusal,
} from './request-refusal'

const OWN = 'https://postroom.contoso.example'
const good = { origin: OWN, 'sec-fetch-site': 'same-origin', 'content-type': 'multipart/form-data; boundary=x' }
const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

test.each([
  ['ours', good, null],
  ['ours, from a browser that sends no Sec-Fetch-Site', without('sec-fetch-site'), null],
  ['urlencoded', { ...good, 'content-type': 'application/x-www-form-urlencoded' }, null],
  ['no Origin', without('origin'), 'origin-missing'],
  ['an empty Origin', { ...good, origin: '' }, 'origin-missing'],
  ['Origin null', { ...good, origin: 'null' }, 'origin-foreign'],
  ['a foreign Origin', { ...good, origin: 'https://attacker.example' }, 'origin-foreign'],
  ['our host over http', { ...good, origin: 'http://postroom.contoso.example' }, 'origin-foreign'],
  ['our host at another port', { ...good, origin: `${OWN}:8443` }, 'origin-foreign'],
  ['a host that begins with ours', { ...good, origin: `${OWN}.attacker.example` }, 'origin-foreign'],
  ['a sister site', { ...good, 'sec-fetch-site': 'same-site' }, 'cross-site'],
  ['another site', { ...good, 'sec-fetch-site': 'cross-site' }, 'cross-site'],
  ['typed into the address bar', { ...good, 'sec-fetch-site': 'none' }, 'cross-site'],
  ['JSON', { ...good, 'content-type': 'application/json' }, 'content-type'],
  ['text', { ...good, 'content-type': 'text/plain;charset=UTF-8' }, 'content-type'],
  ['no content type', without('content-type'), 'content-type'],
  ['a type that begins like ours', { ...good, 'content-type': 'multipart/form-data-not' }, 'content-type'],
  ['too large', { ...good, 'content-length': String(FORM_BYTES_MAX + 1) }, 'too-large'],
  ['as large as its page allows', { ...good, 'content-length': '300000', [BYTES_MAX_HEADER]: '300000' }, null],
  [
    'larger than its page allows',
    { ...good, 'content-length': '300001', [BYTES_MAX_HEADER]: '300000' },
    'report-too-large',
  ],
  ['too large for now', { ...good, 'content-length': '300000', [BYTES_MAX_HEADER]: BUSY }, 'busy'],
  [
    'as large as any form, while larger ones wait',
    { ...good, 'content-length': '200000', [BYTES_MAX_HEADER]: BUSY },
    null,
  ],
  ['a length that is no number', { ...good, 'content-length': 'many' }, 'too-large'],
] as const)('W-04 requestRefusal: %s', (_, headers, refusal) => {
  expect(requestRefusal(new Headers(headers as Record<string, string>), OWN)).toBe(refusal)
})

test('W-03 a form is too large by its names, texts and files, and by its texts even where a file may be larger', () => {
  const form = new FormData()
  form.set('name', 'ä')
  form.set('file', new File(['12345'], 'a.txt'))
  expect([isTooLarge(form, 15), isTooLarge(form, 14)]).toEqual([false, true])
  form.set('file', new File(['x'.repeat(2 * FORM_BYTES_MAX)], 'a.txt'))
  expect(isTooLarge(form, 3 * FORM_BYTES_MAX)).toBe(false)
  form.set('name', 'x'.repeat(FORM_BYTES_MAX))
  expect(isTooLarge(form, 3 * FORM_BYTES_MAX)).toBe(true)
})

test.each([
  ['/clients/basic-authentication', 'multipart/form-data; boundary=x', true],
  ['/clients/basic-authentication', 'application/x-www-form-urlencoded', false],
  ['/clients/basic-authentication/', 'multipart/form-data; boundary=x', false],
  ['/clients', 'multipart/form-data; boundary=x', false],
])('W-03 only a report of SMTP AUTH clients may be larger than other forms: %s as %s', (path, type, isLarger) => {
  expect(bytesMaxOf(path, type) > FORM_BYTES_MAX).toBe(isLarger)
})

test.each(LOCALES)('W-03 the sentence about a form that is too large says how large it may be (%s)', (locale) => {
  expect(translatorFor(locale, 'people')('refusal.too-large')).toContain(` ${FORM_BYTES_MAX / 1024}\u00a0KiB`)
  const ofReport = translatorFor(locale, 'people')('refusal.report-too-large')
  expect(ofReport).toContain(` ${REPORT_BYTES_MAX / 1024 ** 2}\u00a0MiB`)
  expect(ofReport).toContain(` ${FORM_BYTES_MAX / 1024}\u00a0KiB`)
})
