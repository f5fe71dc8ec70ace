import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryFiles, textOf } from './support/source-text'

const CSS = readFileSync(path.resolve(import.meta.dirname, '../app/globals.css'), 'utf8')
/** Of WCAG 2.2, 1.4.3, for text of any size. */
const LEAST_CONTRAST = 4.5

const OKLCH = /oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/.source
/** The colours of both themes by their names. */
const COLOURS = new Map(
  [...CSS.matchAll(new RegExp(`--color-([\\w-]+): light-dark\\(${OKLCH}, ${OKLCH}\\);`, 'g'))].map(
    ([, name = '', ...values]) => {
      const [l = 0, c = 0, h = 0, darkL = 0, darkC = 0, darkH = 0] = values.map(Number)
      return [name, { light: luminance(l, c, h), dark: luminance(darkL, darkC, darkH) }]
    },
  ),
)

/** Relative luminance, by the matrices of CSS Color 4. */
function luminance(lightness: number, chroma: number, hue: number): number {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
  const green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
  const blue = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s
  const [r = 0, g = 0, u = 0] = [red, green, blue].map((part) => Math.min(1, Math.max(0, part)))
  return 0.2126 * r + 0.7152 * g + 0.0722 * u
}

const TEXTS = ['ink', 'soft', 'faint', 'accent', 'accent-strong', 'good', 'warn', 'bad']
const GROUNDS = ['canvas', 'sheet', 'raised', 'well', 'accent-wash', 'good-wash', 'warn-wash', 'bad-wash']
const PAIRS = [
  ...TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)),
  ...['accent', 'accent-strong'].map((ground) => ['on-accent', ground] as const),
]

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each(PAIRS)('the text colour %s can be read on %s', (text, ground) => {
    const [one, other] = [COLOURS.get(text)?.[theme], COLOURS.get(ground)?.[theme]]
    if (one === undefined || other === undefined) throw new Error('the style sheet has no such colour')
    expect((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)).toBeGreaterThanOrEqual(LEAST_CONTRAST)
  })
})

/** Of icons and separators, which tell nothing that a text does not. */
const MARKS = ['control', 'edge', 'raised']
/** Of lines, bars and rings, on which there is no text. */
const FILLS = ['line', 'edge', 'good-fill', 'warn-fill', 'bad-fill']

test.each([
  ['text', [...TEXTS, 'on-accent', ...MARKS]],
  ['bg', [...GROUNDS, 'accent', 'accent-strong', ...FILLS]],
])('pages use only these colours of the style sheet as %s', (kind, known) => {
  const names = repositoryFiles(/^(app|components)\/.*\.tsx$/).flatMap((file) =>
    [...textOf(file).matchAll(new RegExp(`\\b${kind}-([a-z-]+)(?![a-z/-])`, 'g'))].map(([, name = '']) => name),
  )
  const used = [...new Set(names)].filter((name) => COLOURS.has(name))
  expect(used.length).toBeGreaterThan(5)
  expect(used.filter((name) => !known.includes(name))).toEqual([])
})

test('every property that a rule of the style sheet sets is read', () => {
  const set = [...CSS.matchAll(/^ +(--(?!color-|text-|radius-|breakpoint-|font-|shadow-)[a-z-]+):/gm)]
  expect(set.length).toBeGreaterThan(2)
  expect(set.map(([, name = '']) => name).filter((name) => !CSS.includes(`var(${name}`))).toEqual([])
})
