import { expect, test } from 'vitest'
import { madeUnpredictably, randomBitsOf } from '../../tests/support/unpredictable'
import { idsFrom, isUuid, newOrderedId, timeOfId } from '.'

test('M-15 an ordered id says when it was made, and its other 74 bits follow neither from the time nor from other ids', () => {
  const at = new Date('2026-12-02T08:00:00.123Z')
  const ids = madeUnpredictably(() => newOrderedId(at))
  expect(randomBitsOf(ids.map((id) => Buffer.from(id.replaceAll('-', ''), 'hex')))).toBe(74)
  for (const id of [ids[0] ?? '', ids.at(-1) ?? '']) {
    expect([isUuid(id), timeOfId(id)]).toEqual([true, at.getTime()])
    expect(id).toMatch(/^.{14}7.{4}[89ab]/)
    expect([idsFrom(at.getTime()) < id, id < idsFrom(at.getTime() + 1)]).toEqual([true, true])
  }
})
