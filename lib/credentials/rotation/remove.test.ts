import { expect, test } from 'vitest'
import { MINUTE_MS } from '../../kernel'
import { FALLBACK_MIN_MS } from '../fallback'
import { isVerifiedInUse, reasonToKeep } from './remove'

const replacedAt = new Date('2027-03-01T12:00:00Z')
const until = new Date(replacedAt.getTime() + FALLBACK_MIN_MS)
const later = new Date(until.getTime() + MINUTE_MS)
const previous = { id: 'a', replacedAt, fallbackUntil: later }
const inUse = { acceptedAt: replacedAt, refusedAt: null, currentSince: replacedAt, createdAt: replacedAt }
const fallback = { id: 'a', refusedAt: null }
const before = new Date(replacedAt.getTime() - 1)

test.each([
  ['a millisecond too early', previous, inUse, fallback, new Date(until.getTime() - 1), 'too-early'],
  ['at the time that the page names', previous, inUse, fallback, until, undefined],
  ['the current one has not been accepted', previous, { ...inUse, acceptedAt: null }, fallback, until, 'still-needed'],
  ['accepted only before it was current', previous, { ...inUse, acceptedAt: before }, fallback, until, 'still-needed'],
  ['accepted and refused since', previous, { ...inUse, refusedAt: later }, fallback, until, 'still-needed'],
  ['there is no current one', previous, null, fallback, until, 'still-needed'],
  ['Entra refuses it itself', previous, null, { ...fallback, refusedAt: until }, until, undefined],
  ['another one is the fallback', previous, null, { ...fallback, id: 'b' }, until, undefined],
  ['its time as fallback is over', { ...previous, fallbackUntil: until }, null, fallback, until, undefined],
  ['it is of another destination', { ...previous, fallbackUntil: null }, null, fallback, replacedAt, undefined],
])('whether a previous credential is kept: %s', (_, credential, current, fallback, now, kind) => {
  expect(reasonToKeep(credential, { current, fallback }, now)?.kind).toBe(kind)
})

test('an answer from the moment at which a credential became current is one about it in use', () => {
  expect(isVerifiedInUse(inUse)).toBe(true)
  expect(isVerifiedInUse({ ...inUse, currentSince: null, createdAt: before })).toBe(true)
})
