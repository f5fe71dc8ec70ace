import { expect, test } from 'vitest'
import { typedInAddress } from './typed-in-address'

test('what was typed is read from an address with a reason that the page names, and empty fields are empty', () => {
  for (const reason of [{ refused: 'forbidden' }, { done: 'invalid' }]) {
    const typed = typedInAddress({ ...reason, typed: '1', days: '37' }, ['invalid'])
    expect([typed?.('days'), typed?.('others')]).toEqual(['37', ''])
  }
})

test('no other address fills a form', () => {
  const days = '37'
  for (const query of [
    { typed: '1', days },
    { typed: '1', days, refused: 'x' },
    { typed: '1', days, refused: ['forbidden', 'forbidden'] },
    { typed: '1', days, done: 'saved' },
    { days, refused: 'forbidden' },
  ])
    expect(typedInAddress(query, ['invalid'])).toBeNull()
})
