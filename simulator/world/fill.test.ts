import { expect, test } from 'vitest'
import { FILL_SIZE, filledApplication, filledAt, fillSummary } from './fill'

const fill = { ...FILL_SIZE, seed: 7, at: new Date('2026-11-24T00:00:00Z') }

test('a tenant of full size has exactly as many credentials as asked for, of every state, and all kinds of owners', () => {
  const counts = fillSummary(fill)
  expect(Number(counts.secrets) + Number(counts.certificates)).toBe(45_000)
  for (const name of ['certificates', 'expired', 'within30Days', 'within60Days', 'later', 'withoutOwner']) {
    expect(Number(counts[name]), name).toBeGreaterThan(1000)
  }
  expect(fillSummary({ ...fill, applications: 7, credentials: 11 })).toMatchObject({ applications: 7 })
})

test('the same seed gives the same application, another seed another, and each is found by its ids', () => {
  const one = filledAt(fill, 12_345)
  expect(filledAt({ ...fill }, 12_345)).toEqual(one)
  expect(filledAt({ ...fill, seed: 8 }, 12_345).appId).not.toBe(one.appId)
  expect(filledApplication(fill, 'appId', one.appId)).toEqual(one)
  expect(filledApplication(fill, 'id', one.id)).toEqual(one)
  expect(filledApplication(fill, 'id', one.appId)).toBeUndefined()
  expect(filledApplication(fill, 'appId', `00000000${one.appId.slice(8)}`)).toBeUndefined()
})

test('names that spreadsheets, terminals and tables dislike are among them, up to 256 characters', () => {
  const names = Array.from({ length: 400 }, (_, index) => filledAt(fill, index).displayName)
  expect(names.some((name) => name.startsWith('=cmd|'))).toBe(true)
  expect(names.some((name) => name.includes('\u202E'))).toBe(true)
  expect(names.some((name) => name.includes('"') && name.includes("'"))).toBe(true)
  expect(Math.max(...names.map((name) => name.length))).toBe(256)
})
