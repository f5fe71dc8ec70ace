import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { FlashMessage } from './flash-message'

test.each([
  ['reminders', 'gone', 'This channel no longer exists.', true],
  ['clients', 'access-changed', 'Nothing was changed: this client was enabled', true],
  ['messages', 'unchanged', 'Nothing was changed: delivery', true],
  ['messages', 'none', 'Nothing was changed: no message', true],
  ['reminders', 'changed', 'The channel is changed.', false],
  ['clients', 'removed', 'Client removed.', false],
] as const)('of %s “%s” is confirmed as done only if it was', async (namespace, done, text, isWarning) => {
  const html = renderToStaticMarkup(await FlashMessage({ query: { done }, t: translatorFor('en', namespace) }))
  expect(html).toContain(text)
  expect(html.includes('toast')).toBe(!isWarning)
})
