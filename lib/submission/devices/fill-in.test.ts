import { expect, test } from 'vitest'
import { KNOWN_DEVICES } from '.'
import { entrancesOf, fieldsFor } from './fill-in'

const PORTS = { starttls: 587, tls: 465, plain: 25 }
const SUPPORTS = { starttls: 'yes', tls: 'yes', loginPlain: 'yes', oauth2: 'unknown' } as const
const SETTINGS = {
  path: [],
  fields: [{ field: 'Security', value: { starttls: 'STARTTLS', plain: 'None' } }],
  notes: [],
}
/** Their sources do not say where the port is set. */
const WITHOUT_PORT = ['canon-imagerunner-send-kit', 'vmware-vcenter']

const order = (more: Partial<Record<'starttls' | 'tls', 'yes' | 'no' | 'some-models' | 'unknown'>>, ports = PORTS) =>
  entrancesOf({ supports: { ...SUPPORTS, ...more }, settings: SETTINGS }, ports).map(({ entrance }) => entrance)

test('encryption that the device has comes first, then what it may have, then none; what it lacks and what is off is left out', () => {
  expect(order({})).toEqual(['starttls', 'tls', 'plain'])
  expect(order({ starttls: 'unknown' })).toEqual(['tls', 'starttls', 'plain'])
  expect(order({ tls: 'unknown' })).toEqual(['starttls', 'plain'])
  expect(order({ starttls: 'no', tls: 'some-models' })).toEqual(['tls', 'plain'])
  expect(order({ starttls: 'no', tls: 'no' })).toEqual(['plain'])
  expect(entrancesOf({ supports: SUPPORTS, settings: SETTINGS }, { tls: 465 })).toEqual([
    { entrance: 'tls', port: 465 },
  ])
  expect(entrancesOf({ supports: SUPPORTS, settings: SETTINGS }, {})).toEqual([])
})

test('known values are filled in, unknown ones stay marked, and fields of other ports are left out', () => {
  const settings = {
    path: [],
    fields: [
      { field: 'Server', value: '[{server}]:{port}' },
      { field: 'Account', value: { starttls: '{login}:{password}', tls: '{login}' } },
      { field: 'Sender', value: { plain: '{sender}' } },
    ],
    notes: [],
  }
  const known = { server: 'mail.contoso.example', port: '587', login: 'scan-1' }
  expect(fieldsFor({ settings }, 'starttls', known)).toEqual([
    { field: 'Server', pieces: ['[mail.contoso.example]:587'] },
    { field: 'Account', pieces: ['scan-1:', { placeholder: 'password' }] },
  ])
  expect(fieldsFor({ settings }, 'plain', known).map(({ field }) => field)).toEqual(['Server', 'Sender'])
})

test('for every device and port, the server and the port are among the values, and a login only with encryption', () => {
  const known = { server: 'mail.contoso.example', port: '2525', login: 'LOGIN', password: 'PASSWORD', sender: 'SENDER' }
  const wrong = KNOWN_DEVICES.flatMap((device) =>
    entrancesOf(device, PORTS).flatMap(({ entrance }) => {
      const values = fieldsFor(device, entrance, known).flatMap(({ pieces }) => pieces)
      const has = (text: string) => values.some((value) => typeof value === 'string' && value.includes(text))
      const isRight = has('mail.contoso.example') && (has('2525') || WITHOUT_PORT.includes(device.id))
      const isLoginRight = entrance === 'plain' ? !has('LOGIN') && !has('PASSWORD') : has('LOGIN') && has('PASSWORD')
      return isRight && isLoginRight ? [] : [`${device.id} on ${entrance}`]
    }),
  )
  expect(wrong).toEqual([])
})
