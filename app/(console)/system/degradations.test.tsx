import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { DEGRADATIONS } from '@/lib/operations/status'
import { type DegradationFacts, degradationTasks } from './degradations'

const now = new Date('2027-03-01T12:00:00Z')
const facts: DegradationFacts = {
  pulses: [
    { name: 'worker', host: 'mail2', beatAt: new Date('2027-03-01T11:54:00Z'), isSilent: true, silent: 1 },
    { name: 'reminders', host: '', beatAt: null, isSilent: true, silent: 1 },
  ],
  clocks: [
    { name: 'console', host: '', aheadSeconds: 40 },
    { name: 'worker', host: 'mail2', aheadSeconds: -3_600 },
  ],
  missing: ['k1'],
  wrong: ['k2'],
  disk: { freeBytes: 400_000_000, totalBytes: 10_000_000_000, isLow: true, isReadOnly: true },
  proxy: '10.1.2.3',
  credentials: [
    { state: 'refused', kind: 'client-secret', holderId: 'm1', holderName: 'Finance' },
    { state: 'refused', kind: 'certificate', holderId: 'm2', holderName: 'Warehouse' },
    { state: 'expired', kind: 'api-key', holderId: 'm3', holderName: 'Payroll' },
    { state: 'expired', kind: 'smtp-password', holderId: 'm4', holderName: 'Web shop' },
  ],
  now,
}

test.each(['en', 'de'] as const)('R-17 each degradation is a sentence with what to do (%s)', (locale) => {
  const tasks = degradationTasks(DEGRADATIONS, facts, translatorFor(locale, 'people'))
  expect(tasks).toHaveLength(DEGRADATIONS.length + 1) // two processes are silent
  for (const { title, detail } of tasks) {
    expect(title).toMatch(/\.$/)
    expect(renderToStaticMarkup(detail)).toMatch(/\./)
  }
})

test('the mail servers whose credential is rejected or expired are named, and a single one is opened', () => {
  const said = (locale: 'en' | 'de') =>
    degradationTasks(['credential-refused', 'credential-expired'], facts, translatorFor(locale, 'people')).map(
      ({ title, detail, action }) => [title, detail, /href="([^"]*)"/.exec(renderToStaticMarkup(action))?.[1]],
    )
  expect(said('en')).toEqual([
    [
      'Microsoft Entra rejects the credentials of two mail servers.',
      'Mail through Finance and Warehouse may be waiting.',
      '/credentials',
    ],
    ['A credential has expired.', 'Mail through Web shop may be waiting for a replacement.', '/credentials/m4'],
  ])
  expect(said('de')[0]?.slice(0, 2)).toEqual([
    'Microsoft Entra lehnt die Anmeldedaten von zwei Mailservern ab.',
    'E-Mails über Finance und Warehouse warten möglicherweise.',
  ])
})

test('each clock that differs is named with how far it is ahead or behind', () => {
  const [task] = degradationTasks(['clocks-apart'], facts, translatorFor('en', 'people'))
  const text = renderToStaticMarkup(task?.detail).replaceAll('\u00a0', ' ')
  expect(text).toContain('The console: its clock is 40 s ahead of the database’s.')
  expect(text).toContain('The worker (mail2): its clock is 1 h behind the database’s.')
})

test('R-17 a silent process is named with how long it has been silent', () => {
  const titles = (locale: 'en' | 'de') =>
    degradationTasks(['clock-silent'], facts, translatorFor(locale, 'people')).map(({ title }) => title)
  expect(titles('en')).toEqual([
    'The worker (mail2) has not reported for 6 minutes.',
    'The reminder schedule has not reported for a day.',
  ])
  expect(titles('de')).toEqual([
    'Der Worker (mail2) hat sich seit 6 Minuten nicht gemeldet.',
    'Der Erinnerungsdienst hat sich seit einem Tag nicht gemeldet.',
  ])
})

test('R-17 what does not happen depends on the process that is silent', () => {
  const details = (locale: 'en' | 'de', name: string) =>
    degradationTasks(
      ['clock-silent'],
      { ...facts, pulses: [{ name, host: '', beatAt: null, isSilent: true, silent: 1 }] },
      translatorFor(locale, 'people'),
    ).map(({ detail }) => detail)
  expect(details('en', 'listener')).toEqual([
    'It takes no mail from SMTP clients. Start it again: it is part of bin/postroom start.',
  ])
  expect(details('de', 'reminders')).toEqual([
    'Erinnerungen werden nicht gesendet. Starten Sie den Prozess neu: Er gehört zu bin/postroom start.',
  ])
  expect(details('en', 'console')).toEqual(['Start it again: it is part of bin/postroom start.'])
})
