import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { BUILT_IN_CLOUDS } from '@/lib/kernel/mail-server-settings'
import { defaultFields } from '@/lib/mail-server/form-fields'
import labels from '@/messages/en/mail-server.json'
import { ConflictView } from './form-notes'

const CLOUDS = [
  { id: 'ours', name: 'Microsoft of ours' },
  { id: 'theirs', name: 'Microsoft of theirs' },
]
const saved = { ...defaultFields(BUILT_IN_CLOUDS), type: 'smtp' as const, host: 'old.example' }
type Fields = typeof saved

const view = (base: Partial<Fields>, yours: Fields, theirs: Fields, isOwn = false) =>
  renderToStaticMarkup(
    <ConflictView
      {...{
        form: { current: null },
        onChosen() {},
        scripted: true,
        clouds: CLOUDS,
        w: labels as unknown as PageLabels,
      }}
      answer={{
        kind: 'conflict',
        version: 2,
        base,
        theirs: { by: 'Ada', isOwn, fields: theirs },
        fields: yours,
        testTo: '',
        replacing: false,
      }}
    />,
  )

test('R-12 a conflict shows what the other person changed, and nothing that only the reader changed', () => {
  const yours = { ...saved, host: 'mine.example', port: '2525', senderName: 'Same' }
  const theirs = { ...saved, host: 'theirs.example', username: 'relay', senderName: 'Same' }
  const fieldsOf = (base: Partial<Fields>) =>
    view(base, yours, theirs)
      .match(/<legend[^>]*>[^<]*/g)
      ?.map((legend) => legend.replace(/.*>/, ''))
  const { host, port, username } = labels.form
  expect(fieldsOf(saved)).toEqual([host, username])
  // Without the old revision nothing may be left out.
  expect(fieldsOf({})).toEqual([host, port, username])
})

test('R-12 a conflict names who has saved, or says that the reader has', () => {
  const { title, titleOwn } = labels.conflict
  expect(view(saved, saved, saved)).toContain(title.replace('{by}', 'Ada'))
  expect(view(saved, saved, saved, true)).toContain(titleOwn)
})

test('R-12 a conflict in which no field differs offers no choice, and says to save again', () => {
  const { same, text, resolve, secretNote } = labels.conflict
  const html = view(saved, { ...saved, host: 'mine.example' }, saved)
  for (const present of [same, secretNote]) expect(html).toContain(present)
  for (const absent of ['<fieldset', text, resolve]) expect(html).not.toContain(absent)
})

test('R-12 a conflict shows values as the form words them, not as they are stored', () => {
  const html = view(
    { ...saved, cloud: 'lost' },
    { ...saved, security: 'none', cloud: 'ours' },
    { ...saved, security: 'tls', cloud: 'theirs' },
  )
  const texts = [labels.form.securityNone, labels.form.securityTls, ...CLOUDS.map(({ name }) => name)]
  for (const text of texts) expect(html).toContain(`>${text}</span>`)
})
