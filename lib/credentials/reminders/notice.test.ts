import { expect, test } from 'vitest'
import { aCredential } from '../../../tests/support/credential'
import type { ClaimedNotification } from '../../notifications/store/notifications'
import { noticeAbout } from './notice'

const AT = new Date('2027-03-01T12:00:00Z')
const CREDENTIAL = aCredential({ expiresAt: new Date('2027-03-31T00:00:00Z'), expiryVersion: 2 })
const reminder = (changes: Partial<ClaimedNotification> = {}) =>
  ({
    credentialId: CREDENTIAL.id,
    clientId: null,
    expiryVersion: 2,
    thresholdDays: 30,
    ...changes,
  }) as ClaimedNotification
const needed = [reminder(), reminder({ thresholdDays: 60 })]

test.each([
  ['was removed', [{ ...CREDENTIAL, removedAt: AT }]],
  ['was replaced', [{ ...CREDENTIAL, slot: 'previous' as const }]],
  ['is not there any more', []],
])('R-16 a reminder is not sent when its credential %s since it was planned', (_, credentials) => {
  expect(noticeAbout(credentials, needed, AT)).toBeNull()
})

test('R-16 of the reminders of one delivery those of an older expiry date are left out', () => {
  const notice = noticeAbout([CREDENTIAL], [reminder({ expiryVersion: 1 }), ...needed], AT)
  expect(notice?.about).toEqual(needed)
})

test('R-16 a reminder says that Entra refuses a credential, that it has expired, or that it expires', () => {
  const typeOf = (thresholdDays: number, at: Date) =>
    noticeAbout([CREDENTIAL], [reminder({ thresholdDays })], at)?.event(new URL('https://console.contoso.example')).type
  const end = new Date('2027-03-31T00:00:00Z')
  expect([typeOf(-1, AT), typeOf(0, end), typeOf(0, AT)]).toEqual([
    'credential.refused',
    'credential.expired',
    'credential.expiring',
  ])
})
