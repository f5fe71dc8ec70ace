import { expect, test } from 'vitest'
import { areArgumentsWhole } from './action-arguments'

/** As a map where the order counts: an object's own numbers come first. */
function form(fields: Record<string, string | File> | ReadonlyMap<string, string>): FormData {
  const created = new FormData()
  for (const [name, value] of fields instanceof Map ? fields : Object.entries(fields)) created.append(name, value)
  return created
}

const STATE = '{"kind":"tested","at":"$D2026-11-24T12:00:00.000Z","name":"$$5","left":"$undefined","again":"$0:0:name"}'

test.each([
  ['a form and its state', { 0: `[${STATE},"$K1"]`, '1_host': '$not-ours{' }],
  ['a form alone', { 0: '["$K1"]', '1_email': 'x' }],
  [
    'parts of their own',
    new Map([
      ['1', '{"kind":"saved"}'],
      ['2_host', 'x'],
      ['0', '["$1","$K2"]'],
    ]),
  ],
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
  [
    'a part that comes later',
    new Map([
      ['0', '["$1","$K9"]'],
      ['1', '{}'],
    ]),
  ],
  [
    'a way to what leads further',
    new Map([
      ['1', '{"a":"$undefined"}'],
      ['0', '["$1:a","$K9"]'],
    ]),
  ],
  [
    'a way to itself',
    new Map([
      ['1', '{"then":"$1:then"}'],
      ['0', '["$1","$K9"]'],
    ]),
  ],
  [
    'a way to a prototype',
    new Map([
      ['1', '{"__proto__":{"a":1}}'],
      ['0', '["$1:__proto__","$K9"]'],
    ]),
  ],
  ['a number beyond the decoder', { 0: `["$n${'9'.repeat(301)}"]` }],
  ['a list beyond any action', { 0: JSON.stringify(Array(9).fill(1)) }],
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

test.each([
  ['no action behind its reference', {}],
  ['an action that is none', { '$ACTION_1:0': 'null' }],
  ['a list for an action', { '$ACTION_1:0': '["60ab"]' }],
  ['an action without an id', { '$ACTION_1:0': '{"bound":null}' }],
  ['no list of bound arguments', { '$ACTION_1:0': '{"id":"60ab","bound":"$@1"}', '$ACTION_1:1': 'null' }],
  ['bound arguments of another kind', { '$ACTION_1:0': '{"id":"60ab","bound":7}' }],
  [
    'bound arguments beyond any action',
    { '$ACTION_1:0': '{"id":"60ab","bound":"$@1"}', '$ACTION_1:1': JSON.stringify(Array(9).fill(1)) },
  ],
])('W-03 a plain form with %s is refused before it is decoded', (_, fields) => {
  expect(areArgumentsWhole(form({ $ACTION_REF_1: '', ...fields }), false)).toBe(false)
})

test.each(['$ACTION_ID_', '$ACTION_ID_60ab#x', '$ACTION_ID_60AB'])(
  'W-03 a plain form that names %s names no action',
  (name) => {
    expect(areArgumentsWhole(form({ [name]: '' }), false)).toBe(false)
  },
)

test('W-03 nesting that would exhaust the decoder is refused', () => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000)
  expect(areArgumentsWhole(form({ 0: deep }), true)).toBe(false)
})

test('W-14 a thousand marks pass, and one more is refused', () => {
  const withMarks = (marks: number) => form({ 0: JSON.stringify([Array(marks - 1).fill('$undefined'), '$K1']) })
  expect(areArgumentsWhole(withMarks(1000), true)).toBe(true)
  expect(areArgumentsWhole(withMarks(1001), true)).toBe(false)
})

test('W-03 a part that is there twice is refused, since the decoder would read another one than the guard', () => {
  const twice = form({ 0: '["$K1"]' })
  twice.append('0', '["$K1"]')
  expect(areArgumentsWhole(twice, true)).toBe(false)
})
