import { expect, test } from 'vitest'
import { labelPlace } from './lifetime'

test.each([
  ['a short bar early on the axis, to the right of today', 35, 26, { x: 26, dx: 6, dy: -9 }],
  ['a short bar, to the right of today', 44, 30, { x: 30, dx: 6, dy: -9 }],
  ['a bar that a long label would not fit, to the right of today', 93, 50, { x: 50, dx: 6, dy: -9 }],
  ['a bar that has ended, to its left', 30, 34, { x: 30, dx: -4, dy: -9, textAnchor: 'end' }],
  ['a bar that ended early on the axis, to the right of today', 23, 26, { x: 26, dx: 6, dy: 4 }],
  ['a bar that ended long ago, to its right', 20, 60, { x: 20, dx: 8, dy: 4 }],
  ['a long bar, above its end', 93, 20, { x: 93, dy: -9, textAnchor: 'end' }],
] as const)('the line of today does not cross the label of %s', (_, end, today, place) => {
  expect(labelPlace(end, today)).toEqual(place)
})
