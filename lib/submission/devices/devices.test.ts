import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEVICES_FILE, devicesJson, readDevices } from '../../../tools/devices'
import { deviceSchema } from './schema'

test('docs/devices has at least 20 valid entries, each with the name of its file as its id', () => {
  const devices = readDevices()
  expect(devices.length).toBeGreaterThanOrEqual(20)
  expect(devices.map(({ device }) => `${device.id}.yaml`)).toEqual(devices.map(({ file }) => file))
  expect(new Set(devices.map(({ device }) => device.name)).size).toBe(devices.length)
})

test('the product has what docs/devices says (npm run setup)', () => {
  expect(readFileSync(DEVICES_FILE, 'utf8')).toBe(devicesJson())
})

test('an entry with an unknown refusal, an unknown placeholder, an unknown key, no source or no day is not valid', () => {
  const [{ device } = { device: null }] = readDevices()
  const valid = { ...device }
  expect(deviceSchema.safeParse(valid).success).toBe(true)
  const failure = { prints: 'Error', means: 'Something.', refusals: ['no-such-refusal'] }
  const wrong = [
    { failures: [failure] },
    { settings: { path: [], fields: [{ field: 'Server', value: '{host}' }] } },
    { settings: { path: [], fields: [{ field: 'Server', value: { ssl: '{server}' } }] } },
    { colour: 'blue' },
    { sources: [] },
    { sources: [{ url: 'not an address', says: 'Something.' }] },
    { sources: undefined },
    { sources: [{ url: 'https://contoso.example/' }] },
    { checked: 'yesterday' },
    { checked: undefined },
  ]
  expect(wrong.filter((change) => deviceSchema.safeParse({ ...valid, ...change }).success)).toEqual([])
})
