import { expect, test } from 'vitest'
import { quiet } from '../../tests/support/world'
import { failureRefusal } from './failure-refusal'

test.each([
  ['EMFILE', 'files-open'],
  ['ENFILE', 'files-open'],
  ['EROFS', 'disk-read-only'],
  ['EACCES', 'disk-read-only'],
  ['EPERM', 'disk-read-only'],
  ['EIO', 'internal-error'],
])('what our own side could not do is refused for its own reason: %s', (code, refused) => {
  expect(failureRefusal(quiet, 'a submission', Object.assign(new Error('open'), { code })).code).toBe(refused)
})
