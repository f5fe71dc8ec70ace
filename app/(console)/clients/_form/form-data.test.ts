import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { NO_FIELDS } from '@/lib/submission/client'
import { mergeSaved, typedIn, valueText, wasOf, wrongSoFar } from './form-data'

const NOW = new Date('2026-11-29T08:00:00Z')

function wrong(fields: Record<string, string>, locale: 'en' | 'de' = 'en') {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return wrongSoFar(form, locale, NOW)
}

test('while a client is filled in, a wrong sender or network is named and an empty field is not', () => {
  expect(wrong({ senders: '', networks: '' })).toEqual({ senders: '', networks: '' })
  expect(wrong({ senders: '*@contoso.example', networks: '192.0.2.0/24' })).toEqual({ senders: '', networks: '' })
  const { senders, networks } = wrong({ senders: 'a@contoso.example\ncontoso', networks: '192.0.2.0/99' })
  expect(senders).toContain('“contoso”')
  expect(networks).toContain('192.0.2.0/99')
  expect(wrong({ senders: 'a@contoso.example, contoso' }, 'de').senders).toContain('„contoso“')
})

test.each([
  ['a field that only the form changed is saved', { place: 'Room 4' }, {}, false, { place: 'Room 4' }, []],
  ['a field that only another person changed stays', {}, { place: 'Room 5' }, false, { place: 'Room 5' }, []],
  ['fields of both are saved together', { place: 'Room 4' }, { owner: 'b@x.example' }, false, { place: 'Room 4' }, []],
  ['the same value of both is no conflict', { place: 'Room 4' }, { place: 'Room 4' }, false, { place: 'Room 4' }, []],
  [
    'a field that both changed is named',
    { place: 'Room 4' },
    { place: 'Room 5' },
    false,
    { place: 'Room 4' },
    ['place'],
  ],
  ['a field that was changed back is named', { place: 'Room 4' }, {}, true, { place: 'Room 4' }, ['place']],
] as const)('R-12 of a client %s', (_, typed, stored, isRepeated, saved, replaced) => {
  const form = new FormData()
  const before = { ...NO_FIELDS, senders: 'a@x.example\nb@x.example' }
  for (const [name, value] of Object.entries({ ...wasOf(before), ...before, ...typed })) form.set(name, value)
  const merged = mergeSaved(form, { ...before, ...stored }, translatorFor('en', 'clients'), isRepeated)
  expect(merged.fields).toMatchObject({ ...stored, ...saved })
  expect(Object.keys(merged.replaced)).toEqual(replaced)
  expect(typedIn(form)).toMatchObject({ 'was.senders': before.senders, ...typed })
})

test('while a client without a login is filled in, a network for every address is named', () => {
  expect(wrong({ way: 'network', networks: '0.0.0.0/0' }).networks).not.toBe('')
  expect(wrong({ way: 'login', networks: '0.0.0.0/0' }).networks).toBe('')
})

test.each([
  ['scopes', 'send read', 'Send messages · Read the status of messages'],
  ['expiresAt', '2026-11-21', '21\u00a0Nov\u00a02026'],
  ['expiresAt', 'soon', 'soon'],
  ['senders', 'a@contoso.example\n*@litware.example', 'a@contoso.example, *@litware.example'],
  ['name', '', 'empty'],
] as const)('a reader sees the field %s of %j as %s', (name, value, text) => {
  expect(valueText(name, value, translatorFor('en', 'clients'))).toBe(text)
})
