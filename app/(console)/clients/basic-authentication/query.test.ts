import { expect, test } from 'vitest'
import { clientIn, placeHref, placeIn } from './query'

test('a place in the list of senders survives the way through an address, and anything else is its beginning', () => {
  for (const place of [
    { progress: null, text: '', page: 1 },
    { progress: 'open' as const, text: 'printer', page: 3 },
  ])
    expect(placeIn(Object.fromEntries(new URL(placeHref(place), 'http://x').searchParams))).toEqual(place)
  expect(placeIn({ progress: 'nobody', page: '0' })).toEqual({ progress: null, text: '', page: 1 })
  expect(placeHref({ progress: null, text: '', page: 1 }, 'linked')).toBe('/clients/basic-authentication?done=linked')
})

test('only an empty choice removes a link, and a malformed one is no choice', () => {
  const id = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
  const read = (value: string | null) => {
    const form = new FormData()
    if (value !== null) form.set('client', value)
    return clientIn(form, 'client')
  }
  expect(['', id, 'x', `${id}0`, null].map(read)).toEqual([null, id, undefined, undefined, undefined])
})
