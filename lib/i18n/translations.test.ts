import { describe, expect, test } from 'vitest'
import { LOCALES, localeOfHeader } from './locale'
import { MESSAGES, NAMESPACES, translatorFor } from './translations'

/** Every text of a file by its dotted key. */
function texts(node: unknown, at = ''): [key: string, text: string][] {
  if (typeof node === 'string') return [[at, node]]
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, at === '' ? key : `${at}.${key}`))
}
/** A number that is spelled out is the same argument: it begins the sentence in one language and not in the other. */
const argumentsOf = (text: string): string[] =>
  [
    ...new Set(
      [...text.matchAll(/(?<!=\d+ |\bother )\{\s*([a-zA-Z]\w*)\s*[,}]|<(\w+)>/g)].map(
        (match) =>
          match[1]?.replace(/^(.)(.*)Spelled$/, (_, first, rest) => first.toLowerCase() + rest) ?? `<${match[2]}>`,
      ),
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

test.each([
  [2, 'Two messages are held'],
  [12, 'Twelve messages are held'],
  [13, '13 messages are held'],
  [1204, '1,204 messages are held'],
])('a sentence writes %i as “%s”', (count, title) => {
  expect(translatorFor('en', 'overview')('tasks.held.title', { count })).toBe(title)
})

test.each([
  [2, 12, 'Two of twelve recipients did not get it.'],
  [1, 40, 'One of 40 recipients did not get it.'],
  [12, 40, '12 of 40 recipients did not get it.'],
  [13, 1204, '13 of 1,204 recipients did not get it.'],
])('a part, %i, of a whole, %i, is written like it: “%s”', (count, all, text) => {
  expect(translatorFor('en', 'messages')('detail.reached.some', { count, all })).toBe(text)
})

test.each([
  [1000, '1.000+'],
  [3, '3+'],
])('a number of which only a part was counted, %i, is written as its caller says', (count, countShown) => {
  expect(translatorFor('de', 'overview')('answer.retried', { count, countShown, cause: 'Grund' })).toBe(
    `${countShown} warten auf einen weiteren Versuch: Grund.`,
  )
})

test.each(LOCALES)('%s: a number that is spelled out has a separate form for one, and none from three on', (locale) => {
  const all = NAMESPACES.flatMap((namespace) => texts(MESSAGES[locale][namespace])).map(([, text]) => text)
  const spelled = all.filter((text) => /Spelled\}.*plural,|plural,.*Spelled\}/.test(text))
  expect(spelled.filter((text) => !/ one \{/.test(text))).toEqual([])
  expect(all.filter((text) => /=(?:[3-9]|\d\d) \{/.test(text))).toEqual([])
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
