import { expect, test } from 'vitest'
import { compareNames } from '.'

test.each([
  [
    ['Printer 10', 'Printer 2', 'Printer 1'],
    ['Printer 1', 'Printer 2', 'Printer 10'],
  ],
  [
    ['Zebra', 'anna', 'Öffice', 'Bruno'],
    ['anna', 'Bruno', 'Öffice', 'Zebra'],
  ],
  [
    ['scan10@a.example', 'scan2@a.example'],
    ['scan2@a.example', 'scan10@a.example'],
  ],
])('names are in the order of people: %j', (names, sorted) => {
  expect(names.toSorted(compareNames)).toEqual(sorted)
})
