import { createTranslator } from 'use-intl/core'
import { expect, test } from 'vitest'
import { MESSAGES, NAMESPACES } from '../lib/i18n/translations'
import { pseudoText, pseudoTexts } from './support/pseudo-text'

function textsOf(node: unknown): string[] {
  return typeof node === 'string' ? [node] : Object.values(node as object).flatMap(textsOf)
}

test('a pseudo text is accented and at least 40 % longer, with its arguments and tags as they were', () => {
  expect(pseudoText('Save changes')).toMatch(/^Š\S+ \S+ .+$/)
  expect(pseudoText('Save changes').length).toBeGreaterThanOrEqual('Save changes'.length * 1.4)
  expect(pseudoText('{count, plural, one {# day} other {# days}} left on <b>{server}</b>')).toMatch(
    /^\{count, plural, one \{# ðàý\} other \{# ðàýš\}\} ĺéft öñ <b>\{server\}<\/b> /,
  )
  expect(pseudoText('{origin}')).toBe('{origin}')
})

test('every text of the catalogue is a valid message in its pseudo form', () => {
  const invalid = NAMESPACES.flatMap((namespace) =>
    textsOf(pseudoTexts(MESSAGES.en[namespace])).filter((message) => {
      const errors: unknown[] = []
      const t = createTranslator({ locale: 'en', messages: { message }, onError: (error) => errors.push(error) })
      t('message', Object.fromEntries([...message.matchAll(/\{(\w+)/g)].map(([, name]) => [name, 1])) as never)
      return errors.some((error) => (error as { code?: string }).code === 'INVALID_MESSAGE')
    }),
  )
  expect(invalid).toEqual([])
})
