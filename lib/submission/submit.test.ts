import { expect, test } from 'vitest'
import { quiet } from '../../tests/support/world'
import { composeRefusal, failureRefusal } from './submit'

test.each([
  ['address', 'recipient-invalid'],
  ['nul-character', 'nul-character'],
  ['line-ending', 'line-ending'],
  ['line-too-long', 'line-too-long'],
] as const)('a message that cannot be composed is refused for its own reason: %s', (fault, code) => {
  expect(composeRefusal(fault, ['anna@fabrikam.example']).code).toBe(code)
})

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
