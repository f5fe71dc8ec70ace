import fc from 'fast-check'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import entries from '@/tests/data/bad-inputs.json'
import { activityHref, readActivityRequest, withNames } from './query'

test('an empty address asks for the newest of everything', () => {
  const { filter, cursor, badDays } = readActivityRequest({})
  expect({ filter, cursor, badDays }).toEqual({ filter: {}, cursor: { kind: 'newest' }, badDays: [] })
})

test('a filter narrows by each of its fields, and the last day counts whole', () => {
  const { filter } = readActivityRequest({
    action: 'mail-server.save',
    result: 'refused',
    actor: ' admin@contoso.example ',
    from: '2027-03-01',
    until: '2027-03-01',
    text: 'req-1',
  })
  expect(filter).toEqual({
    action: 'mail-server.save',
    result: 'refused',
    actor: 'admin@contoso.example',
    from: new Date('2027-03-01T00:00:00Z'),
    until: new Date('2027-03-02T00:00:00Z'),
    text: 'req-1',
  })
})

test.each([
  ['an unknown event', { action: 'mail-server.explode' }],
  ['an unknown result', { result: '__proto__' }],
  ['a field given twice', { actor: ['a', 'b'] }],
  ['a number that is none', { before: '1e3' }],
  ['a number beyond the column', { after: '9'.repeat(30) }],
])('%s asks for everything, as if it were absent', (_, params) => {
  const { filter, cursor } = readActivityRequest(params)
  expect({ filter, cursor }).toEqual({ filter: {}, cursor: { kind: 'newest' } })
})

test.each(entries.filter(({ field }) => field === 'search_query').map(({ expect: wanted, value }) => [wanted, value]))(
  'W-03 search_query: %s %j',
  (wanted, value) => {
    const { filter } = readActivityRequest({ text: value as string })
    expect(filter).toEqual(wanted === 'reject' ? {} : { text: value })
  },
)

test('W-03 a NUL is not request for: the database would refuse the question', () => {
  const { query, filter } = readActivityRequest({ text: 'a\0b', actor: '\0' })
  expect(query).toMatchObject({ text: 'ab', actor: '' })
  expect(filter).toEqual({ text: 'ab' })
})

test.each(['2027-02-30', '2027-13-01', 'yesterday', '0000-01-01', '9999-12-31'])('%s is said to be no day', (text) => {
  const { filter, badDays } = readActivityRequest({ from: text })
  expect({ filter, badDays }).toEqual({ filter: {}, badDays: [text] })
})

test('a search finds the events whose names contain its words, in the language of the reader', () => {
  const named = (text: string, locale: 'en' | 'de') => withNames({ text }, translatorFor(locale, 'activity')).named
  expect(named('Set-UP Link', 'en')).toEqual(['setup.use-link'])
  expect(named('einrichtungslink', 'de')).toEqual(['setup.use-link'])
  expect(named('einrichtungslink', 'en')).toEqual([])
  expect(withNames({}, translatorFor('en', 'activity'))).toEqual({})
})

test('the link to the next page keeps the filter, whatever was typed', () => {
  const field = fc.string({ unit: 'grapheme', maxLength: 40 })
  const address = fc.record({ action: field, result: field, actor: field, from: field, until: field, text: field })
  fc.assert(
    fc.property(address, fc.bigInt({ min: 0n, max: 10n ** 17n }), (params, sequence) => {
      const request = readActivityRequest(params)
      const href = activityHref(request.query, { kind: 'before', sequence })
      const again = readActivityRequest(Object.fromEntries(new URL(href, 'http://localhost').searchParams))
      expect(again).toEqual({ ...request, cursor: { kind: 'before', sequence } })
    }),
  )
})
