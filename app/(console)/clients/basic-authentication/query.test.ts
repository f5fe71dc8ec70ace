import { expect, test } from 'vitest'
import { clientNamed, placeHref, placeIn, seenClientIn } from './query'

test('a place in the list of senders survives the way through an address, and anything else is its beginning', () => {
  for (const place of [
    { progress: null, text: '', page: 1 },
    { progress: 'open' as const, text: 'printer', page: 3 },
  ])
    expect(placeIn(Object.fromEntries(new URL(placeHref(place), 'http://x').searchParams))).toEqual(place)
  expect(placeIn({ progress: 'nobody', page: '0' })).toEqual({ progress: null, text: '', page: 1 })
  expect(placeHref({ progress: null, text: '', page: 1 }, { done: 'linked' })).toBe(
    '/clients/basic-authentication?done=linked',
  )
})

test('of the client that the page showed, only an empty field means none', () => {
  const id = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
  const read = (value: string | null) => {
    const form = new FormData()
    if (value !== null) form.set('seenClient', value)
    return seenClientIn(form)
  }
  expect(['', id, 'x', `${id}0`, null].map(read)).toEqual([null, id, undefined, undefined, undefined])
})

test('a typed name means the client with this name in any case, and only nothing means none', () => {
  const clients = [{ name: 'Scanner' }, { name: 'Scanner 2' }]
  const named = (typed: string) => clientNamed(typed, clients)
  expect([named(' scanner '), named('SCANNER 2')]).toEqual(clients)
  expect([named(''), named(' ')]).toEqual([null, null])
  expect([named('Scann'), named('*')]).toEqual([undefined, undefined])
})
