import { expect, test } from 'vitest'
import { fail, ok } from '@/lib/kernel'
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

test('a typed name means the client with this name, of several the one that is linked or names the sender, and only nothing means none', () => {
  const clients = ['Scanner', 'Scanner 2', 'Labels', 'labels', 'LABELS'].map((name, at) => ({
    id: `${at}`,
    name,
    senders: at < 3 ? ['*@contoso.example'] : ['Labels@contoso.example', `${at}@contoso.example`],
  }))
  const named = (typed: string, sender = 'other', linkedId: string | null = null) =>
    clientNamed(typed, { address: `${sender}@contoso.example`, linkedId }, clients)
  expect(named(' scanner ')).toEqual(ok(clients[0]))
  expect([named(''), named(' ')]).toEqual([ok(null), ok(null)])
  expect([named('Scann'), named('*')]).toEqual([fail('unknown'), fail('unknown')])
  expect(named('Labels', '4')).toEqual(ok(clients[4]))
  expect([named('Labels', '4', '3'), named('Scanner', '4', '3')]).toEqual([ok(clients[3]), ok(clients[0])])
  expect([named('Labels'), named('Labels', 'labels')]).toEqual([fail('several'), fail('several')])
})
