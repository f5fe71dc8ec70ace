import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { StoredSender } from '@/lib/submission/basic-auth/store'
import type { Client } from '@/lib/submission/client'
import { SendersTable } from './senders-table'

const t = translatorFor('en', 'basic-auth')
const may = (id: string, address: string, rest: Partial<Client> = {}) =>
  ({ id, name: id, senders: [address], disabledAt: null, ...rest }) as Client

const senderOf = (sender: Partial<StoredSender>) => ({ progress: 'open', client: null, ...sender }) as StoredSender
const render = (senders: StoredSender[], rest: Partial<Parameters<typeof SendersTable>[0]> = {}) => {
  const place = { progress: null, text: '', page: 2 }
  return renderToStaticMarkup(
    <SendersTable {...{ senders, mailboxes: [], newestFrom: '', mayWrite: true, opened: null, place, t, ...rest }} />,
  )
}

const clients = [
  may('retired', 'scanner@contoso.example', { disabledAt: new Date(0) }),
  may('scanner', 'Scanner@Contoso.example'),
  may('erp', 'erp@contoso.example'),
]
const opened = (sender: Partial<StoredSender>, typed?: string) =>
  render([senderOf(sender)], { opened: { address: sender.address ?? '', clients, typed } })
const valueIn = (html: string) => /name="client"[^>]* value="([^"]*)"/.exec(html)?.[1]

test('proposes the client in use that may send as an address, and only for that address', () => {
  const proposed = (address: string, client: StoredSender['client'] = null) => valueIn(opened({ address, client }))
  expect(proposed('scanner@contoso.example')).toBe('scanner')
  expect(proposed('other@contoso.example')).toBeUndefined()
  const linked = { id: 'erp', name: 'erp', firstMessage: null }
  expect(proposed('scanner@contoso.example', linked)).toBe('erp')
  expect(proposed('scanner@contoso.example', { ...linked, id: 'removed', name: null })).toBe('scanner')
})

test('names the clients in the one form that is open, which keeps a name that means no client', () => {
  const senders = ['a@contoso.example', 'b@contoso.example'].map((address) => senderOf({ address }))
  const html = render(senders, { opened: { address: 'b@contoso.example', clients, typed: 'Scaner' } })
  expect(html.match(/<form/g)).toHaveLength(1)
  expect(html.match(/<option value="retired"/g)).toHaveLength(1)
  expect(html).toContain('href="/clients/basic-authentication?page=2&amp;link=a%40contoso.example"')
  expect(valueIn(html)).toBe('Scaner')
  expect(html).toContain(t('link.unknown'))
  expect(opened({ address: 'b@contoso.example' }, 'Scanner')).not.toContain('aria-invalid="true"')
  expect(render(senders)).not.toContain('<option')
  const many = Array.from({ length: 51 }, (_, at) => may(`c${at}`, 'x@contoso.example'))
  const typed = render(senders, { opened: { address: 'b@contoso.example', clients: many, typed: 'c50' } })
  expect(typed).not.toContain('<option')
})

test('for a mailbox that Postroom sends through, no progress asks to switch SMTP AUTH off', () => {
  const lastSeen = { from: '2026-11-01', until: '2026-11-07', messages: 1, since: '2026-11-01', lastUse: null }
  const said = (progress: StoredSender['progress'], mailboxes: string[], newestFrom = '2026-11-07') =>
    render([senderOf({ address: 'noreply@contoso.example', progress, lastSeen })], { mailboxes, newestFrom })
  for (const [key, progress, newestFrom] of [
    ['unused', 'unused'],
    ['moved', 'moved'],
    ['quiet', 'open', '2026-11-08'],
  ] as const) {
    expect(said(progress, [], newestFrom)).toContain(t(`next.${key}`))
    expect(said(progress, ['noreply@contoso.example'], newestFrom)).not.toContain(t(`next.${key}`))
    expect(said(progress, ['noreply@contoso.example'], newestFrom)).toContain(t('next.kept'))
  }
  expect(said('open', ['noreply@contoso.example'])).not.toContain(t('next.kept'))
})

test('says since when reports show a sender, unless its only one has just been named', () => {
  const week = { from: '2026-11-01', until: '2026-11-07' }
  const said = (since: string, lastUse: string | null) =>
    render([senderOf({ address: 'a@b.example', lastSeen: { ...week, messages: 1, since, lastUse } })])
  expect(said('2026-11-01', null)).not.toContain('in reports since')
  expect(said('2026-09-01', null)).toContain(t('table.since', { day: t.isoDay('2026-09-01') }))
  expect(said('2026-11-01', '2026-11-05')).toContain(t('table.since', { day: t.isoDay('2026-11-01') }))
})

test('on a narrow screen too, a row says when its sender last used a password', () => {
  const html = render([senderOf({ address: 'a@b.example' })])
  const lookOf = (label: string) => html.match(new RegExp(`data-label="${label}" class="([^"]*)"`))?.[1]
  expect(lookOf(t('table.setting'))).toContain('hidden')
  expect(lookOf(t('table.lastUse'))).toBe('rack-named')
})

test('leads to a new client also where there is none yet, and not a reader who may not link', () => {
  const address = 'scanner@contoso.example'
  const rendered = (mayWrite: boolean) =>
    render([senderOf({ address })], { mayWrite, opened: mayWrite ? { address, clients: [], typed: undefined } : null })
  const encoded = encodeURIComponent(address)
  expect(rendered(true)).toContain(`href="/clients/add?senders=${encoded}&amp;moving=${encoded}"`)
  expect(rendered(false)).not.toContain('<a')
})

test('a report without senders is good news of no sender, not of all of them', () => {
  const [from, until] = ['1 Nov 2026', '30 Nov 2026']
  const detail = (total: number) => t('answer.doneDetail', { total, from, until })
  expect([0, 1].map(detail)).toEqual([
    'The reports contain no sender. The newest report covers 1 Nov 2026 to 30 Nov 2026.',
    'It has moved or sent nothing. The newest report covers 1 Nov 2026 to 30 Nov 2026.',
  ])
})
