import { expect, test } from 'vitest'
import { subjectsIn, titlesOf } from './titles'

const row = (subject: string | null, details = {}) => ({ subject, details })
const rows = [
  ...[row('credential:01'), row('credential:02'), row('credential:01'), row('credential:03', { kind: 'certificate' })],
  // The entry of a sent reminder has the kind of its channel.
  ...[row('credential:03', { kind: 'mail', channel: '10' }), row('credential:11', { kind: 'webhook', channel: '10' })],
  ...[row('alert:04'), row('alert:05'), row('client:06', { kind: 'certificate' }), row(null)],
  ...[row('rotation:07', { mailServer: '08' }), row('rotation:09', { mailServer: '08' })],
]
const credential = (id: string, removedAt: Date | null) =>
  ({ id, kind: 'client-secret', slot: 'previous', removedAt, mailServer: { id: '08', name: 'Finance' } }) as const

test('credentials and alerts are called what people call them, also removed and discarded ones and those of reminders', () => {
  expect(subjectsIn(rows)).toEqual({ credentials: ['01', '02', '03', '11', '08'], alerts: ['04', '05'] })
  const known = {
    credentials: [credential('01', null), credential('02', new Date())],
    alerts: [{ id: '04', kind: 'client-silent', details: { client: 'Scanner', lastAt: null } } as const],
  }
  expect(Object.fromEntries(titlesOf(rows, known, 'en'))).toEqual({
    'credential:01': 'Client secret of Finance (previous)',
    'credential:02': 'Client secret of Finance (removed)',
    'credential:03': 'Certificate',
    'alert:04': 'Alert: Scanner has stopped sending',
  })
  expect(titlesOf(rows, known, 'de').get('credential:02')).toBe('Clientgeheimnis von Finance (entfernt)')
})
