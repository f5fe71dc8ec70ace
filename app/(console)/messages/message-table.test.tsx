import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { tableLabels } from './load-rows'
import { MessageTable } from './message-table'

test('the cell with the box that chooses a message has no label, for which screen readers would leave out its subject', () => {
  const page = renderToStaticMarkup(
    <MessageTable
      chooses
      labels={tableLabels(translatorFor('en', 'messages'))}
      rows={[
        {
          id: '1',
          subject: 'Welcome',
          recipient: 'anna@fabrikam.example',
          attemptCount: 1,
          state: 'failed',
          accepted: { iso: '2026-11-30T04:06:00Z', short: '04:06', full: '30 Nov 2026, 04:06 UTC' },
        },
      ]}
    />,
  )
  expect(page.match(/<th\b/g)).toHaveLength(6)
  expect(page).not.toMatch(/<th\b[^>]*aria-label/)
})
