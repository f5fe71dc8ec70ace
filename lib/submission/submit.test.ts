import { expect, test } from 'vitest'
import { composeRefusal } from './submit'

test.each([
  ['address', 'recipient-invalid'],
  ['nul-character', 'nul-character'],
  ['line-ending', 'line-ending'],
  ['line-too-long', 'line-too-long'],
] as const)('a message that cannot be composed is refused for its own reason: %s', (fault, code) => {
  expect(composeRefusal(fault, ['anna@fabrikam.example']).code).toBe(code)
})
