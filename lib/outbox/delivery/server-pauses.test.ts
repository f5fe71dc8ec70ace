import { expect, test } from 'vitest'
import type { DueQueue } from '../store/due-queues'
import { isProbeDue } from './server-pauses'

const now = new Date('2027-01-12T09:00:00Z')
const later = new Date(now.getTime() + 1)

test.each([
  ['a server that is not paused', null, false],
  ['a pause of a person, also with other settings since', { by: 'operator', version: 1, nextProbeAt: null }, false],
  ['a pause whose next probe comes later', { by: 'diagnosis', version: 2, nextProbeAt: later }, false],
  ['a pause whose next probe is due', { by: 'diagnosis', version: 2, nextProbeAt: now }, true],
  ['a pause with other settings since', { by: 'diagnosis', version: 1, nextProbeAt: later }, true],
])('F-10 a probe is due or not: %s', (_, paused, isDue) => {
  expect(isProbeDue({ paused, version: 2 } as DueQueue, now)).toBe(isDue)
})
