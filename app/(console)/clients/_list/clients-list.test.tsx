import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { REFUSALS } from '@/lib/submission/refusal'
import type { ClientNow } from '@/lib/submission/store/client-states'
import { ClientsAnswer } from '../page'
import { ListenerOffNote, ListenerSilentAnswer } from '../parts'
import { ClientTable } from './client-table'
import { OnlyClient } from './only-client'
import type { ListedClient } from './query'

const NOW = new Date('2026-11-30T09:00:00Z')

type Named = Pick<Client, 'name' | 'way' | 'kind'> & ClientNow & { sentToday: boolean }
const client = (name: string, state: ClientNow['state'] = 'active', more: Partial<Named> = {}): Named => ({
  ...{ id: name, name, way: 'login', kind: 'printer', state, sentAt: null, sentToday: false },
  ...more,
})
const sent = (name: string) => client(name, 'active', { sentToday: true })

/** As the store counts them. */
const inStateOf = (all: readonly Named[]) => (state: ClientNow['state'] | null) => {
  const members = all.filter((each) => state === null || each.state === state)
  const [count, sentToday] = [members.length, members.filter((each) => each.sentToday).length]
  return { count, matching: count, sentToday, names: count > 3 ? [] : members.map(({ name }) => name) }
}

/** What the table shows of them. */
const rowsWith = (lastError: string | null, ...clients: Named[]): ListedClient[] =>
  clients.map((each) => ({
    ...each,
    client: { ...each, place: '', owner: null, lastSeenAt: null, lastError } as unknown as Client,
  }))

const text = (html: string) =>
  html
    .replaceAll(/<svg.*?<\/svg>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

const answerHtml = (rows: readonly Named[], locale: Locale = 'en'): string =>
  renderToStaticMarkup(<ClientsAnswer inState={inStateOf(rows)} t={translatorFor(locale, 'clients')} />)

const answer = (...args: Parameters<typeof answerHtml>): string => text(answerHtml(...args))

test('the page says first who was refused, then who sent and who is silent, with their names', () => {
  const rows = [sent('b'), client('c', 'silent'), client('a', 'refused')]
  expect(answer(rows)).toBe(
    'One client was rejected: a. One client has sent mail since yesterday. One has not connected for more than a week: c.',
  )
  expect(answer(rows, 'de')).toBe(
    'Ein Client wurde zurückgewiesen: a. Ein Client hat seit gestern gesendet. Einer hat sich seit über einer Woche nicht verbunden: c.',
  )
})

test('a client whose key has expired is named, and the page is not calm', () => {
  const key = client('key', 'over', { way: 'api-key' })
  expect(answer([sent('b'), key])).toBe('One of two clients has sent mail since yesterday. One key has expired: key.')
  for (const other of [sent('b'), client('b')]) {
    expect(answerHtml([other, key])).toContain('data-answer="warn"')
  }
})

test('a client that an open alert says has stopped sending is named with its alert', () => {
  const rows = [sent('b'), client('gone', 'stopped'), sent('gone no more')]
  expect(answer(rows)).toBe('Two of three clients have sent mail since yesterday. One has stopped sending: gone.')
  expect(answer(rows, 'de')).toBe('Zwei von drei Clients haben seit gestern gesendet. Einer sendet nicht mehr: gone.')
  const t = translatorFor('en', 'clients')
  const view = { counts: new Map(), now: NOW, locale: 'en', t } as const
  const html = renderToStaticMarkup(<ClientTable rows={rowsWith(null, ...rows)} {...view} />)
  expect(html.match(/href="\/credentials\/alerts"/g)).toHaveLength(1)
})

test('with many clients the sentence counts and names none', () => {
  const names = ['a', 'b', 'c', 'd']
  expect(answer(names.map((name) => client(name, 'refused')))).toMatch(/^Four clients were rejected\. No client/)
  expect(answer([sent('a'), sent('b')])).toBe('Both clients have sent mail since yesterday.')
  expect(answer([sent('a')])).toBe('a has sent mail since yesterday.')
  expect(answer([sent('a'), client('b')], 'de')).toBe('Einer von zwei Clients hat seit gestern gesendet.')
  expect(answer([client('a')])).toBe('No client has sent mail since yesterday.')
})

test('while no client has sent yet, the page says how to begin', () => {
  const rows = [client('a', 'unused'), client('b', 'unused')]
  expect(answer(rows)).toMatch(/^No client has sent mail yet\. .*set-up card.*simulator/)
  expect(answer(rows, 'de')).toMatch(/^Noch hat kein Client gesendet\. .*Einrichtungskarte.*Simulator/)
  expect(answer([...rows, client('c')])).toBe('No client has sent mail since yesterday.')
})

test.each(['en', 'de'] as const)('a refused client says why, and its page alone what to do (%s)', (locale) => {
  const [t, submission] = [translatorFor(locale, 'clients'), translatorFor(locale, 'submission')]
  for (const code of Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]) {
    const rows = rowsWith(code, client('a', 'refused'))
    const html = text(renderToStaticMarkup(<ClientTable {...{ rows, counts: new Map(), now: NOW, locale, t }} />))
    expect(html).toContain(t(`refused.${code}`))
    expect(html).not.toContain(submission(`refusal.${code}.todo`))
  }
})

test('the listeners that have stopped are the answer, with their machines and the way to the processes', () => {
  const [overview, people] = [translatorFor('en', 'overview'), translatorFor('en', 'people')]
  const answer = (...hosts: string[]) => {
    const silent = hosts.map((host) => ({ name: 'listener', host, count: 1 }))
    return renderToStaticMarkup(<ListenerSilentAnswer add="Add client" {...{ silent, overview, people }} />)
  }
  expect(text(answer(''))).toMatch(/^“Listener” is not responding and takes no mail\. ?Restart it .*Add client$/)
  expect(text(answer('mail2', 'mail3'))).toMatch(
    /^“Listener \(mail2\)” is .* mail\. “Listener \(mail3\)” is .* mail\. ?Restart/,
  )
  expect(answer('')).toContain('href="/system#processes"')
})

test.each(['en', 'de'] as const)('without the listener the page says how to switch it on (%s)', (locale) => {
  const html = renderToStaticMarkup(<ListenerOffNote t={translatorFor(locale, 'clients')} />)
  expect(html).toContain(
    '<code class="font-mono text-xs">POSTROOM_SUBMISSION_PORTS=starttls=587,tls=465,plain=25</code>',
  )
  expect(text(html)).toContain(locale === 'de' ? 'Nur mit API-Schlüsseln' : 'only API keys can submit mail')
})

test('the only client shows its state and four facts, and leads to its page', () => {
  const [row] = rowsWith('login-wrong', client('Scanner', 'refused'))
  if (!row) throw new Error('no row')
  const html = renderToStaticMarkup(
    <OnlyClient row={row} counts={new Map()} now={NOW} t={translatorFor('en', 'clients')} />,
  )
  expect(html).toContain('href="/clients/Scanner"')
  expect(text(html)).toBe(
    'Scanner Printer or scanner, password Rejected wrong user name or password Messages, 24 hours 0 Messages, 7 days 0 Last seen (UTC) Never Place and owner –',
  )
})
