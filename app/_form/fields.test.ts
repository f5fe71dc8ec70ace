import { expect, test } from 'vitest'
import { uuidOf, versionOf } from './fields'

const formWith = (value: string | Blob | null, name = 'field') => {
  const form = new FormData()
  if (value !== null) form.set(name, value)
  return form
}

test.each(['0', '7', '2147483646'])('version %s is read', (value) => {
  expect(versionOf(formWith(value, 'version'))).toBe(Number(value))
})

test.each([
  null,
  '',
  ' ',
  'x',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  'Infinity',
  '2147483647',
  '9'.repeat(400),
  new Blob(['1']),
])(
  'a text that is no version (%j) becomes one that nothing has, so that the form is answered as changed in between',
  (value) => {
    expect(versionOf(formWith(value, 'version'))).toBe(-1)
  },
)

test.each([null, '', '../x', "' OR 1=1", '3f1a9d52-6f0e-4a57-9a36-0d3c1f5b7e2', new Blob(['x'])])(
  'a text that is no id (%j) becomes one that nothing has',
  (value) => {
    expect(uuidOf(formWith(value), 'field')).toBe('00000000-0000-0000-0000-000000000000')
  },
)
