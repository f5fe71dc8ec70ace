import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { REFUSALS } from '@/lib/submission/refusal'
import { ClientsAnswer } from '../page'
import { ListenerOffNote } from '../parts'
import { ClientTable } from './client-table'
import { listedClients, readClientsQuery, selected } from './query'

const NOW = new Date('2026-11-30T09:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000)

const client = (name: string, more: Partial<Client> = {}): Client => ({
  id: `7c1d2e3f-4a5b-4c6d-8e9f-${name.padStart(12, '0').slice(0, 12)}`,
  way: 'login',
  kind: 'printer',
  name,
  owner: null,
  place: '',
  senders: ['scanner@contoso.example'],
  networks: [],
  maxPerMinute: null,
  login: 'scan',
  failureReport: 'originator',
  scopes: [],
  expiresAt: null,
  hint: null,
  secretAt: NOW,
  version: 1,
  createdBy: 'admin@contoso.example',
  createdAt: NOW,
  disabledAt: null,
  learningUntil: null,
  lastSeenAt: NOW,
  lastAddress: '192.0.2.7',
  lastErrorAt: null,
  lastError: null,
  ...more,
})

const rowsOf = (sent: Record<string, Date>, ...clients: Client[]) =>
  listedClients(clients, {
    newest: new Map(clients.flatMap(({ id, name }) => (sent[name] ? [[id, sent[name]]] : []))),
    stopped: new Map(clients.flatMap(({ id, name }) => (name.startsWith('gone') ? [[id, daysAgo(1)]] : []))),
    now: NOW,
  })

const text = (html: string) =>
  html
    .replaceAll(/<svg.*?<\/svg>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

function answer(rows: ReturnType<typeof rowsOf>, locale: Locale = 'en'): string {
  return text(renderToStaticMarkup(<ClientsAnswer clients={rows} t={translatorFor(locale, 'clients')} />))
}

const REFUSED = { lastErrorAt: NOW, lastError: 'login-wrong' }
const SILENT = { lastSeenAt: daysAgo(9) }

test('the page says first who was refused, then who sent and who is silent, with their names', () => {
  const rows = rowsOf({ b: NOW, c: daysAgo(9) }, client('b'), client('c', SILENT), client('a', REFUSED))
  expect(answer(rows)).toBe(
    'One client was rejected: a. One client has sent mail since yesterday. One has not connected for more than a week: c.',
  )
  expect(answer(rows, 'de')).toBe(
    'Ein Client wurde zurückgewiesen: a. Ein Client hat seit gestern gesendet. Einer hat sich seit über einer Woche nicht verbunden: c.',
  )
  expect(rows[0]?.client.name).toBe('a')
})

test('a client whose key has expired is named, and the page is not calm', () => {
  const key = client('key', { way: 'api-key', expiresAt: daysAgo(2) })
  expect(answer(rowsOf({ b: NOW }, client('b'), key))).toBe(
    'One of 2 clients has sent mail since yesterday. One key has expired: key.',
  )
  for (const sent of [{ b: NOW }, {}] as Record<string, Date>[]) {
    const rows = rowsOf(sent, client('b'), key)
    const html = renderToStaticMarkup(<ClientsAnswer clients={rows} t={translatorFor('en', 'clients')} />)
    expect(html).toContain('data-answer="warn"')
  }
})

test('a client that an open alert says has stopped sending is named with its alert, unless it has sent since', () => {
  const rows = rowsOf(
    { b: NOW, gone: daysAgo(2), 'gone no more': NOW },
    client('b'),
    client('gone'),
    client('gone no more'),
  )
  expect(rows.map(({ client: { name }, state }) => [name, state])).toEqual([
    ['gone', 'stopped'],
    ['b', 'active'],
    ['gone no more', 'active'],
  ])
  expect(answer(rows)).toBe('2 of 3 clients have sent mail since yesterday. One has stopped sending: gone.')
  expect(answer(rows, 'de')).toBe('2 von 3 Clients haben seit gestern gesendet. Einer sendet nicht mehr: gone.')
  const t = translatorFor('en', 'clients')
  const html = renderToStaticMarkup(
    <ClientTable {...{ rows, counts: new Map(), now: NOW, chooses: false, locale: 'en', t }} />,
  )
  expect(html.match(/href="\/credentials\/alerts"/g)).toHaveLength(1)
})

test('with many clients the sentence counts and names none', () => {
  const names = ['a', 'b', 'c', 'd']
  expect(answer(rowsOf({}, ...names.map((name) => client(name, REFUSED))))).toMatch(
    /^4 clients were rejected\. No client/,
  )
  expect(answer(rowsOf({ a: NOW, b: NOW }, client('a'), client('b')))).toBe(
    '2 of 2 clients have sent mail since yesterday.',
  )
  expect(answer(rowsOf({ a: NOW }, client('a')))).toBe('a has sent mail since yesterday.')
  expect(answer(rowsOf({ a: NOW }, client('a'), client('b')), 'de')).toBe(
    'Einer von 2 Clients hat seit gestern gesendet.',
  )
  expect(answer(rowsOf({}, client('a')))).toBe('No client has sent mail since yesterday.')
})

test.each(['en', 'de'] as const)('a refused client says why, and its page alone what to do (%s)', (locale) => {
  const [t, submission] = [translatorFor(locale, 'clients'), translatorFor(locale, 'submission')]
  for (const code of Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]) {
    const rows = rowsOf({}, client('a', { ...REFUSED, lastError: code }))
    const html = text(
      renderToStaticMarkup(<ClientTable {...{ rows, counts: new Map(), now: NOW, chooses: false, locale, t }} />),
    )
    expect(html).toContain(t(`refused.${code}`))
    expect(html).not.toContain(submission(`refusal.${code}.todo`))
  }
})

test('the filters select by way, kind and text', () => {
  const rows = rowsOf(
    {},
    client('Scanner', { place: 'Room 4' }),
    client('Shop', { way: 'api-key', kind: 'application' }),
  )
  const names = (params: Record<string, string>) =>
    selected(rows, readClientsQuery(params)).map(({ client }) => client.name)
  expect(names({ way: 'api-key' })).toEqual(['Shop'])
  expect(names({ kind: 'printer' })).toEqual(['Scanner'])
  expect(names({ text: 'room 4' })).toEqual(['Scanner'])
  expect(names({ way: 'no such way' })).toEqual(['Scanner', 'Shop'])
})

test.each(['en', 'de'] as const)('without the listener the page says how to switch it on (%s)', (locale) => {
  const html = renderToStaticMarkup(<ListenerOffNote t={translatorFor(locale, 'clients')} />)
  expect(html).toContain(
    '<code class="font-mono text-xs">POSTROOM_SUBMISSION_PORTS=starttls=587,tls=465,plain=25</code>',
  )
  expect(text(html)).toContain(locale === 'de' ? 'Nur mit API-Schlüsseln' : 'only API keys can submit mail')
})
