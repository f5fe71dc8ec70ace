import { expect, test } from 'vitest'
import { areArgumentsWhole } from './action-arguments'

function form(fields: Record<string, string | File>): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.append(name, value)
  return made
}

const STATE = '{"kind":"tested","at":"$D2026-11-24T12:00:00.000Z","name":"$$5","left":"$undefined","again":"$0:0:name"}'

test.each([
  ['a form and its state', { 0: `[${STATE},"$K1"]`, '1_host': '$not-ours{' }],
  ['a form alone', { 0: '["$K1"]', '1_email': 'x' }],
  ['parts of their own', { 0: '["$1","$K2"]', 1: '{"kind":"saved"}', '2_host': 'x' }],
])('W-03 a script’s call with %s is whole', (_, fields) => {
  expect(areArgumentsWhole(form(fields), true)).toBe(true)
})

test.each([
  ['no arguments', { '1_host': 'x' }],
  ['one text for a list', { 0: '"x"' }],
  ['a way to nothing', { 0: '["$1:a:b","$K1"]', 1: '{"a":1}' }],
  ['a way out of the list', { 0: '["$0:5:6","$K1"]' }],
  ['no JSON', { 0: '[-' }],
  ['an empty part', { 0: '' }],
  ['a part that is not there', { 0: '["$9","$K1"]' }],
  ['a function', { 0: '["$F1"]', 1: '{"id":"x"}' }],
  ['a file that is none', { 0: '["$B1"]', 1: '"x"' }],
  ['a map', { 0: '["$Q1"]', 1: '[]' }],
  ['a stream', { 0: '["$r1"]', 1: '"x"' }],
  ['a promise of nothing', { 0: '["$@7"]' }],
  ['a file for a part', { 0: new File(['[]'], 'x') }],
  ['a broken part beside a good one', { 0: '["$K1"]', 3: '{oops' }],
] as const)('W-03 a script’s call with %s is refused before it is decoded', (_, fields) => {
  expect(areArgumentsWhole(form(fields as unknown as Record<string, string | File>), true)).toBe(false)
})

test('W-03 a plain form is whole when its bound arguments are', () => {
  const bound = { $ACTION_REF_1: '', '$ACTION_1:0': '{"id":"60ab","bound":"$@1"}', $ACTION_KEY: 'k1', host: '{' }
  expect(areArgumentsWhole(form({ ...bound, '$ACTION_1:1': `[${STATE.replace('$0:0', '$1:0')}]` }), false)).toBe(true)
  expect(areArgumentsWhole(form({ ...bound, '$ACTION_1:1': '[{' }), false)).toBe(false)
  expect(areArgumentsWhole(form(bound), false)).toBe(false)
  expect(areArgumentsWhole(form({ $ACTION_ID_60ab: '', 0: 'a field of ours' }), false)).toBe(true)
})

test('W-03 nesting that would exhaust the decoder is refused', () => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000)
  expect(areArgumentsWhole(form({ 0: deep }), true)).toBe(false)
})
