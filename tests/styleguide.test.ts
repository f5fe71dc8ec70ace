import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
/** What the style guide does not show, because it has no scripts and no server: browser tests look at these on their pages. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  account: 'holds what is not seen',
  'action-form': 'posts to an action',
  'button-form': 'posts to an action',
  'copy-button': 'shown by a block of code',
  'document-title': 'is in the tab of the browser',
  hidden: 'holds values that are not seen',
  live: 'announces what it holds, which looks the same',
  'print-button': 'needs scripts',
  refresh: 'loads the page again',
  'result-count': 'shown by the filters of a list',
  'sign-in-layout': 'a layout for a whole page',
  'unanswered-note': 'needs a document',
  wordmark: 'shown by every page',
}

test('the style guide shows every component, or it is named why it does not', () => {
  const guide = readFileSync(path.join(root, 'e2e/support/styleguide.tsx'), 'utf8')
  const components = readdirSync(path.join(root, 'components')).filter((name) => /^(?!.*\.test\.).*\.tsx$/.test(name))
  const missing = components
    .map((file) => path.basename(file, '.tsx'))
    .filter((name) => !guide.includes(`'@/components/${name}'`))
  expect(missing).toEqual(Object.keys(NOT_SHOWN))
})
