import { expect, test } from 'vitest'
import { MESSAGES } from '@/lib/i18n/translations'
import { LABEL_PARTS } from './labels'

test.each(['de', 'en'] as const)(
  'the editor, which only puts values in place, gets no text with a plural (%s)',
  (locale) => {
    // Those of the revisions are formatted on the server.
    const texts = LABEL_PARTS.filter((part) => part !== 'revisions').map((part) => MESSAGES[locale].policy[part])
    expect(JSON.stringify(texts).match(/\{\w+,.{0,40}/g)).toBeNull()
  },
)
