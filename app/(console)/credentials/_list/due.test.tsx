import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { CredentialView } from '@/lib/credentials/views'
import { translatorFor } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { aCredential, anApiKey } from '@/tests/support/credential'
import { DueAnswer, DueTickets } from './due'
import type { Row } from './rows'

const now = new Date('2026-11-30T08:00:00Z')

function rowOf(name: string, changes: Partial<CredentialView>, stage: Row['stage'] = 'add'): Row {
  const mailServer = { ...aCredential().mailServer, id: name, name, senderAddress: `${name}@contoso.example` }
  const view = aCredential({ ...changes, id: name, mailServer })
  const server = { ...mailServer, version: 1, host: null }
  return { view, stage, slots: { mailServer: server, current: view, next: null, previous: [], rotation: null } }
}

const inDays = (days: number) => ({ daysLeft: days, expiresAt: new Date(now.getTime() + days * 86_400_000) })
const finance = rowOf('Finance', { state: 'critical', ...inDays(3) }, 'current')
const scanner = rowOf(
  'Scanner',
  {
    state: 'refused',
    ...inDays(300),
    refusedAt: new Date('2026-11-27T08:00:00Z'),
    carriedBy: { credentialId: 'x', until: new Date('2027-05-27T08:00:00Z'), isDated: true },
  },
  'fallback',
)
const helpdesk = rowOf('Helpdesk', { state: 'soon', ...inDays(24) })
const healthy = rowOf('Contoso', { state: 'healthy', ...inDays(152) })
const undated = rowOf('Fabrikam', { state: 'date-unknown' })

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

const teams = { id: 'teams', kind: 'teams', enabled: true, reminders: true, ownerOnly: false, address: null } as Channel
const shared = {
  thresholdsDays: [60, 30, 0],
  rotateDaysBefore: null,
  channels: [teams],
  listBegins: true,
  now,
  mayWrite: true,
}
const answerHtml = (rows: Row[], locale: 'en' | 'de' = 'en', changes: Partial<typeof shared> = {}) =>
  renderToStaticMarkup(<DueAnswer rows={rows} t={translatorFor(locale, 'credentials')} {...shared} {...changes} />)
const answer = (...facts: Parameters<typeof answerHtml>) => textOf(answerHtml(...facts))

test('the answer names what needs attention this week, and until when nothing else is due', () => {
  expect(answer([finance, scanner, helpdesk, healthy])).toBe(
    '2 Two credentials need you this week. The client secret of Finance expires on Thursday. Scanner sends with its previous credential. Nothing else is due before 24 December.',
  )
  expect(answer([finance, scanner, helpdesk, healthy], 'de')).toBe(
    '2 Zwei Einträge erfordern diese Woche Ihre Aufmerksamkeit. Bei Finance läuft das Clientgeheimnis am Donnerstag ab. Scanner sendet mit den vorherigen Anmeldedaten. Sonst ist vor dem 24. Dezember nichts fällig.',
  )
})

test('with more than two the answer names only the most urgent, since the tickets and the list have them all', () => {
  const many = [finance, scanner, rowOf('Litware', { state: 'critical', ...inDays(5) })]
  expect(answer(many)).toBe(
    '3 Three credentials need you this week. The client secret of Finance expires on Thursday. The list below has two more.',
  )
  expect(answer(many, 'en', { listBegins: false })).toBe(
    '3 Three credentials need you this week. The client secret of Finance expires on Thursday.',
  )
})

test('the answer is calm when nothing is due and every date is known', () => {
  expect(answer([healthy])).toBe(
    'Nothing is due this week. The client secret of Contoso is valid until 1 May. You will be reminded from 2 March.',
  )
  expect(answerHtml([healthy])).toContain('data-answer="good"')
  expect(answerHtml([healthy, undated])).toContain('data-answer="warn"')
  const enter =
    '1 The expiry date of Fabrikam is unknown. Enter the date of the client secret of Fabrikam, so that Postroom can remind you in time.'
  expect(answer([undated])).toBe(`${enter} Enter date`)
  expect(answer([healthy, undated])).toBe(
    `${enter} The client secret of Contoso expires next, on 1 May. You will be reminded from 2 March. Enter date`,
  )
  expect(answer([undated], 'en', { mayWrite: false })).toBe(
    '1 The expiry date of Fabrikam is unknown. An administrator can enter the date of the client secret of Fabrikam.',
  )
  const two = answerHtml([undated, rowOf('Litware', { state: 'date-unknown' })])
  expect(textOf(two)).toBe('2 The expiry dates of two mail servers are unknown. Enter dates')
  expect(two).toContain('href="/credentials?state=date-unknown"')
})

test('the answer is not calm about what expires after this week and has crossed a threshold, as the Overview', () => {
  expect(answer([helpdesk, healthy])).toBe(
    '1 Nothing is due this week, but one credential expires soon. The client secret of Helpdesk expires next, on 24 December.',
  )
  expect(answer([helpdesk, rowOf('Litware', { state: 'soon', ...inDays(25) })], 'de')).toBe(
    '2 Diese Woche ist nichts fällig, aber zwei Einträge laufen bald ab. Als Nächstes läuft das Clientgeheimnis von Helpdesk ab, am 24. Dezember.',
  )
  expect(answerHtml([helpdesk, healthy])).toContain('data-answer="warn"')
})

test('the answer promises a reminder only if a channel gets it', () => {
  const nobody = 'The client secret of Contoso is valid until 1 May. Nobody is reminded of it yet.'
  const owner = { ...teams, kind: 'mail', ownerOnly: true, address: 'finance@contoso.example' } as Channel
  for (const channels of [[], [{ ...teams, enabled: false }], [{ ...teams, reminders: false }], [owner]])
    expect(answer([healthy], 'en', { channels })).toBe(`Nothing is due this week. ${nobody}`)
  expect(answerHtml([healthy], 'en', { channels: [] })).toContain('href="/credentials/reminders#add"')
  expect(answerHtml([healthy], 'en', { channels: [], mayWrite: false })).toMatch(
    /Nobody is reminded of it yet\.(?!<\/a>)/,
  )
  const owned = rowOf('Contoso', { state: 'healthy', ...inDays(152), owners: ['finance@contoso.example'] })
  expect(answer([owned], 'en', { channels: [owner] })).toContain('You will be reminded from 2 March.')
})

test('a date that is over although Entra accepts the credential is wrong, and is to be entered', () => {
  const litware = rowOf('Litware', { state: 'critical', ...inDays(-3) })
  expect(answer([litware])).toBe(
    '1 One credential needs you this week. Entra accepts the client secret of Litware although its expiry date has passed.',
  )
  const t = translatorFor('en', 'credentials')
  const html = renderToStaticMarkup(<DueTickets rows={[litware]} t={t} {...shared} />)
  expect(textOf(html)).toBe(
    '? Check the date Litware Client secret Entra accepts it, but the date stored here is 27 November. Reminders follow that date until it is corrected. Enter date Details',
  )
  expect(html).toContain('href="/credentials/Litware#edit"')
})

test('a ticket counts no days of a previous credential whose expiry date is unknown', () => {
  const carriedBy = { credentialId: 'x', until: new Date('2028-11-27T08:00:00Z'), isDated: false }
  const row = { ...scanner, view: { ...scanner.view, carriedBy } } as Row
  const t = translatorFor('en', 'credentials')
  const text = textOf(renderToStaticMarkup(<DueTickets rows={[row]} t={t} {...shared} />))
  expect(text).toContain('! rejected Scanner')
  expect(text).not.toContain('days left')
})

test('a ticket has the days that are left, the consequence and the true next step', () => {
  const t = translatorFor('en', 'credentials')
  const text = textOf(renderToStaticMarkup(<DueTickets rows={[finance, scanner, helpdesk]} t={t} {...shared} />))
  expect(text).toContain('3 days left Finance Client secret · expires Thursday, 3 December The next secret is stored')
  expect(text).toContain('mail from Finance@contoso.example stops on Thursday. Make it current See the replacement')
  expect(text).toContain('178 days left on the previous Scanner')
  expect(text).toContain(
    'Mail keeps going out with the previous credential, until 27 May at the latest. Do not delete that one. Add another',
  )
  expect(text).not.toContain('Helpdesk')
  const expired = rowOf('Litware', { state: 'expired', ...inDays(-2) }, 'current')
  const over = textOf(renderToStaticMarkup(<DueTickets rows={[expired]} t={t} {...shared} />))
  expect(over).toContain('Entra accepts it. Mail from Litware@contoso.example cannot be sent until it is made current.')
})

test('a key of a client is named as such, with its consequence and the way to a new one', () => {
  const key = (state: 'critical' | 'expired' | 'healthy', days: number): Row => ({
    view: anApiKey({ id: 'payroll', state, ...inDays(days) }),
    slots: null,
    stage: 'add',
  })
  expect(answer([key('critical', 3)])).toBe(
    '1 One credential needs you this week. The API key of Payroll expires on Thursday.',
  )
  expect(answer([key('critical', 3), healthy], 'de')).toBe(
    '1 Ein Eintrag erfordert diese Woche Ihre Aufmerksamkeit. Bei Payroll läuft der API-Schlüssel am Donnerstag ab. Sonst ist vor dem 1. Mai nichts fällig.',
  )
  expect(answer([key('healthy', 152), undated], 'de')).toContain(
    'Als Nächstes läuft der API-Schlüssel von Payroll ab, am 1. Mai.',
  )
  const html = (row: Row, locale: 'en' | 'de' = 'en') =>
    renderToStaticMarkup(<DueTickets rows={[row]} t={translatorFor(locale, 'credentials')} {...shared} />)
  expect(textOf(html(key('critical', 3)))).toContain(
    '3 days left Payroll API key · expires Thursday, 3 December Unless the key is replaced, the access of this client to the HTTP API ends on Thursday. Replace the key Details',
  )
  expect(html(key('critical', 3))).toContain('href="/clients/payroll#reset"')
  expect(textOf(html(key('expired', -2)))).toContain(
    'This client cannot send by the HTTP API until its key is replaced',
  )
})

test('a phone hides tickets only where the list below begins with their credentials', () => {
  const tickets = (listBegins: boolean) =>
    renderToStaticMarkup(
      <DueTickets rows={[finance]} t={translatorFor('en', 'credentials')} {...shared} listBegins={listBegins} />,
    )
  expect([true, false].map((begins) => tickets(begins).includes('nth-child'))).toEqual([true, false])
})

test('a secret that Entra calls expired before its stored date is rejected, and that date is not named', () => {
  const facts = {
    state: 'expired',
    refusedCode: 'secret-expired',
    refusedAt: new Date('2026-11-27T08:00:00Z'),
  } as const
  const early = [rowOf('Finance', { ...facts, ...inDays(12) })]
  expect(answer(early)).toBe('1 One credential needs you this week. Entra rejects the client secret of Finance.')
  const tickets = textOf(
    renderToStaticMarkup(<DueTickets rows={early} t={translatorFor('en', 'credentials')} {...shared} />),
  )
  expect(tickets).toMatch(/^! rejected Finance Client secret · rejected by Entra since Friday, 27 November/)
})
