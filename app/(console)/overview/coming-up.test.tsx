import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import { aCredential, anApiKey } from '@/tests/support/credential'
import { ComingUp, comingUp, type ScheduleFacts } from './coming-up'

const now = new Date('2027-03-01T12:00:00Z')
const daysAhead = (days: number) => new Date(now.getTime() + days * DAY_MS)
const CHANNEL = { id: 'ops', kind: 'webhook', enabled: true, reminders: true, address: null, ownerOnly: false }
const secret = aCredential({ expiresAt: daysAhead(300), createdAt: daysAhead(-60), currentSince: daysAhead(-60) })
const FACTS: ScheduleFacts = {
  views: [secret],
  keys: [anApiKey({ expiresAt: daysAhead(200) })],
  channels: [CHANNEL],
  watch: { thresholdsDays: [60, 7], rotateDaysBefore: 30 },
  weekly: { weekday: 1, hour: 8, channels: ['ops'] },
  silent: [],
  now,
}
const kinds = (changes: Partial<ScheduleFacts>) => comingUp({ ...FACTS, ...changes }).map(({ kind }) => kind)

test('what comes up is the next of each scheduled task, in the order of time', () => {
  expect(
    comingUp(FACTS).map(({ kind, at }) => `${kind} ${Math.ceil((at.getTime() - now.getTime()) / DAY_MS)}`),
  ).toEqual(['check 1', 'report 7', 'reminder 140', 'expires 200', 'renewal 270', 'expires 300'])
})

test.each<[string, Partial<ScheduleFacts>, string]>([
  ['no channel gets reminders or the report', { channels: [] }, 'reminder report'],
  ['the report is off', { weekly: { ...FACTS.weekly, channels: [] } }, 'report'],
  ['nothing is replaced automatically', { watch: { thresholdsDays: [60, 7], rotateDaysBefore: null } }, 'renewal'],
  ['the next one is prepared', { views: [secret, aCredential({ slot: 'next' })] }, 'renewal'],
  ['the worker is silent', { silent: [{ name: 'worker' }] }, 'check reminder renewal report'],
  ['a password is not checked', { views: [aCredential({ kind: 'smtp-password' })] }, 'check renewal'],
])('nothing is promised that will not happen: %s', (_, changes, missing) => {
  const left = kinds(changes)
  for (const kind of missing.split(' ')) expect(left).not.toContain(kind)
})

test.each([
  [
    'en',
    'Mail server: daily check of the client secret',
    'Payroll: reminder about the API key',
    'Weekly report',
    'Mail server: client secret expires',
    'Mail server: the next certificate expires',
  ],
  [
    'de',
    'Mail server: tägliche Prüfung, Clientgeheimnis',
    'Payroll: Erinnerung an den Ablauf, API-Schlüssel',
    'Wochenbericht',
    'Mail server: Clientgeheimnis läuft ab',
    'Mail server: nächste Anmeldedaten (Zertifikat) laufen ab',
  ],
] as const)('each is named with what it is about (%s)', (locale, ...texts) => {
  const next = aCredential({ id: 'next', slot: 'next', kind: 'certificate', expiresAt: daysAhead(400) })
  const coming = comingUp({ ...FACTS, views: [secret, next] })
  const html = renderToStaticMarkup(<ComingUp coming={coming} now={now} t={translatorFor(locale, 'overview')} />)
  for (const text of texts) expect(html).toContain(text)
})
