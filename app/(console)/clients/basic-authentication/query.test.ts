import { expect, test } from 'vitest'
import { placeHref, placeIn } from './query'

test('a place in the list of senders survives the way through an address, and anything else is its beginning', () => {
  for (const place of [
    { progress: null, page: 1 },
    { progress: 'open' as const, page: 3 },
  ])
    expect(placeIn(Object.fromEntries(new URL(placeHref(place), 'http://x').searchParams))).toEqual(place)
  expect(placeIn({ progress: 'nobody', page: '0' })).toEqual({ progress: null, page: 1 })
  expect(placeHref({ progress: null, page: 1 }, 'linked')).toBe('/clients/basic-authentication?done=linked')
})
