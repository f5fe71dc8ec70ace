import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const files = ['app', 'components'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
)

/** Forms that post to the server without components/action-form, which keeps what was typed when no answer comes. */
const bare = (text: string): string[] => text.match(/<form[^<]*?action=\{[\w.]*[aA]ction\}|\buseActionState\(/g) ?? []

test('every form that posts keeps what was typed when no answer comes', () => {
  const bareForms = files.filter(({ file, text }) => file !== 'components/action-form.tsx' && bare(text).length > 0)
  const guardedForms = files.filter(({ text }) => /<(PlainForm|ActionForm)\b|\buseServerAction\(/.test(text))
  expect(bareForms.map(({ file }) => file).sort()).toEqual(OWN)
  expect(guardedForms.length).toBeGreaterThan(15)
})

test('every form that posts names the account to which it was shown, and has a one-time token', () => {
  const posting = files.filter(({ text }) => /<form[^<]*?action=\{(?:action|\w+\.(?:action|send))\b/.test(text))
  expect(posting.filter(({ text }) => !text.includes('<PostedFields'))).toEqual([])
  expect(posting.map(({ file }) => file).sort()).toEqual(
    ['app/(console)/senders/verify-form.tsx', ...OWN, 'components/action-form.tsx'].sort(),
  )
})

/** These render the form of a server action, and the note about a missing answer, without the shared component. */
const OWN = ['app/(console)/mail-server/_form/mail-server-form.tsx', 'app/(console)/policy/_editor/policy-form.tsx']

test.each(['<form action={saveAction}>', '<form\n  className="x"\n  action={props.action}', 'useActionState(save, 0)'])(
  'the test sees %j',
  (text) => expect(bare(text)).toHaveLength(1),
)
