import { describe, expect, test } from 'vitest'
import { LOCALES, localeOfHeader } from './locale'
import { MESSAGES, NAMESPACES, translatorFor } from './translations'

/** Every text of a file by its dotted key. */
function texts(node: unknown, at = ''): [key: string, text: string][] {
  if (typeof node === 'string') return [[at, node]]
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, at === '' ? key : `${at}.${key}`))
}
const argumentsOf = (text: string): string[] =>
  [
    ...new Set(
      [...text.matchAll(/(?<!=\d+ )\{\s*([a-zA-Z]\w*)\s*[,}]|<(\w+)>/g)].map((match) => match[1] ?? `<${match[2]}>`),
    ),
  ].sort()

describe.each(NAMESPACES)('messages/*/%s.json', (namespace) => {
  const english = new Map(texts(MESSAGES.en[namespace]))
  const german = new Map(texts(MESSAGES.de[namespace]))

  test('says the same things in both languages', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  })

  test('takes the same arguments in both languages', () => {
    const differing = [...english].filter(([key, text]) => {
      const other = german.get(key)
      return other !== undefined && argumentsOf(text).join() !== argumentsOf(other).join()
    })
    expect(differing.map(([key]) => key)).toEqual([])
  })

  test('leaves no text empty', () => {
    expect([...english, ...german].filter(([, text]) => text.trim() === '')).toEqual([])
  })
})

test.each(LOCALES)('%s: a missing text throws instead of showing its key', (locale) => {
  expect(() => translatorFor(locale, 'shell')('no.such.word' as never)).toThrow('no.such.word')
})

test.each([
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['en-GB, de', 'en'],
  ['fr, de;q=0.3, en;q=0.7', 'en'],
  ['de;q=0, en;q=0.1', 'en'],
  ['fr', 'en'],
  ['', 'en'],
  [null, 'en'],
  ['x'.repeat(100_000), 'en'],
])('the language requested by %j is %s', (header, locale) => {
  expect(localeOfHeader(header)).toBe(locale)
})

test('W-15 a key from data finds texts only, neither branches nor what every object inherits', () => {
  const t = translatorFor('en', 'mail-server')
  expect(t.has('servers.done.renamed')).toBe(true)
  expect(t.lookUp('servers.done.renamed')).toBe(t('servers.done.renamed'))
  expect(t.lookUp('servers.done')).toBeNull()
  for (const key of ['servers.done.__proto__', 'servers.done.constructor', '__proto__', 'servers.done.toString.length'])
    expect([t.has(key), t.lookUp(key)], key).toEqual([false, null])
})

test('no line of a page ends within “E-Mail” or “HTTP-API”, and no file, mail or terminal gets the character that prevents it', () => {
  const [page, text] = (['page', 'text'] as const).map((medium) => translatorFor('de', 'people', medium))
  expect([page?.('field.email'), page?.raw('field.email')]).toEqual(Array(2).fill('E-\u2060Mail-Adresse'))
  expect([text?.('field.email'), text?.raw('field.email')]).toEqual(Array(2).fill('E-Mail-Adresse'))
  expect(translatorFor('de', 'submission', 'page')('api.link')).toBe('HTTP-\u2060API für Anwendungen')
})
