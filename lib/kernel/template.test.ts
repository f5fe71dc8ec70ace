import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { templatesIn } from '../../tools/templates.mjs'
import { DIAGNOSIS_CODES } from './diagnosis-code'
import examples from './generated/examples.json'
import microsoft from './generated/microsoft.json'
import { templateLines } from './template'

const TEMPLATES = {
  whole: 'first\n  #include part\n#if on\non\n#if off\nboth\n#else\nonly on\n#end\n#else\noff\n#end\nlast {{> line}}',
  part: 'a\n\n#say why',
  line: '<{{value x}}>',
  'unknown condition': '#if never',
  'unknown include': '#include never',
  'unknown placeholder': '{{never}}',
  'unknown sentence': '#say never',
}
const parts = {
  conditions: { on: true, off: false },
  fill: (name: string, ...values: string[]) => (name === 'value' ? values.join('+') : undefined),
}

test('branches, parts with their indentation, sentences and values are written', () => {
  const written = templateLines(TEMPLATES, 'whole', { ...parts, say: (key) => [`# ${key}`, '# more'] })
  expect(written).toEqual(['first', '  a', '', '  # why', '  # more', 'on', 'only on', 'last <x>'])
  const off = templateLines(TEMPLATES, 'whole', { ...parts, conditions: { on: false, off: true }, say: () => [] })
  expect(off).toEqual(['first', '  a', '', 'off', 'last <x>'])
})

test.each(Object.keys(TEMPLATES).filter((name) => name.startsWith('unknown')))('an %s is an error', (name) => {
  expect(() => templateLines(TEMPLATES, name as keyof typeof TEMPLATES, parts)).toThrow(/never/)
})

test('what a value contains is not read as a part of the template', () => {
  const fill = () => '#if on\n{{> part}} $& $1'
  expect(templateLines({ line: '{{value x}}' }, 'line', { fill })).toEqual(['#if on\n{{> part}} $& $1'])
})

test('the commands that fix a fault are found by codes that exist', () => {
  const named = ['fixes.ps1', 'fixes.sh'].flatMap((file) =>
    [...readFileSync(`templates/microsoft/${file}`, 'utf8').matchAll(/^#template (.+)$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    ),
  )
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter((name) => !DIAGNOSIS_CODES.some((code) => code === name))).toEqual([])
})

test('the product has what templates says (npm run setup)', () => {
  expect({ examples, microsoft }).toEqual({
    examples: templatesIn('templates/examples'),
    microsoft: templatesIn('templates/microsoft'),
  })
})
