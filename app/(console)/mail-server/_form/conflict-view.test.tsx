import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { BUILT_IN_CLOUDS } from '@/lib/kernel/clouds'
import { defaultFields } from '@/lib/mail-server/form-fields'
import labels from '@/messages/en/mail-server.json'
import { ConflictView } from './conflict-view'

test('R-12 a conflict shows what the other person changed, and nothing that only the reader changed', () => {
  const saved = { ...defaultFields(BUILT_IN_CLOUDS), type: 'smtp' as const, host: 'old.example' }
  const fieldsOf = (base: Partial<typeof saved>) =>
    renderToStaticMarkup(
      <ConflictView
        {...{ form: { current: null }, onChosen() {}, scripted: true, w: labels as unknown as PageLabels, base }}
        yours={{ ...saved, host: 'mine.example', port: '2525', senderName: 'Same' }}
        theirs={{ by: 'Ada', fields: { ...saved, host: 'theirs.example', username: 'relay', senderName: 'Same' } }}
      />,
    )
      .match(/<legend[^>]*>[^<]*/g)
      ?.map((legend) => legend.replace(/.*>/, ''))
  const { host, port, username } = labels.form
  expect(fieldsOf(saved)).toEqual([host, username])
  // Without the old revision nothing may be left out.
  expect(fieldsOf({})).toEqual([host, port, username])
})
