import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { StoredSender } from '@/lib/submission/basic-auth/store'
import type { Client } from '@/lib/submission/client'
import { SendersTable } from './senders-table'

const may = (id: string, address: string, rest: Partial<Client> = {}) =>
  ({ id, name: id, senders: [address], disabledAt: null, ...rest }) as Client

test('proposes the client in use that may send as an address, and only for that address', () => {
  const clients = [
    may('retired', 'scanner@contoso.example', { disabledAt: new Date(0) }),
    may('scanner', 'Scanner@Contoso.example'),
    may('erp', 'erp@contoso.example'),
  ]
  const proposed = (address: string, client: StoredSender['client'] = null) => {
    const sender = { address, progress: 'open', client } as StoredSender
    const table = {
      senders: [sender],
      clients,
      mailboxes: [],
      newestFrom: '',
      place: { progress: null, text: '', page: 1 },
    }
    const html = renderToStaticMarkup(<SendersTable {...table} t={translatorFor('en', 'basic-auth')} />)
    return /<option value="(\w*)" selected=""/.exec(html)?.[1]
  }
  expect(proposed('SCANNER@contoso.example')).toBe('scanner')
  expect(proposed('other@contoso.example')).toBe('')
  const linked = { id: 'erp', name: 'erp', firstMessage: null }
  expect(proposed('scanner@contoso.example', linked)).toBe('erp')
  expect(proposed('scanner@contoso.example', { ...linked, id: 'removed', name: null })).toBe('scanner')
})

test('for a mailbox that Postroom sends through, no progress asks to switch SMTP AUTH off', () => {
  const t = translatorFor('en', 'basic-auth')
  const lastSeen = { from: '2026-11-01', until: '2026-11-07', messages: 1, lastUse: null }
  const said = (progress: StoredSender['progress'], mailboxes: string[], newestFrom = '2026-11-07') => {
    const senders = [{ address: 'noreply@contoso.example', progress, client: null, lastSeen } as StoredSender]
    const table = { senders, mailboxes, newestFrom, clients: [], place: { progress: null, text: '', page: 1 } }
    return renderToStaticMarkup(<SendersTable {...table} t={t} />)
  }
  for (const [key, progress, newestFrom] of [
    ['unused', 'unused'],
    ['moved', 'moved'],
    ['quiet', 'open', '2026-11-08'],
  ] as const) {
    expect(said(progress, [], newestFrom)).toContain(t(`next.${key}`))
    expect(said(progress, ['noreply@contoso.example'], newestFrom)).not.toContain(t(`next.${key}`))
    expect(said(progress, ['noreply@contoso.example'], newestFrom)).toContain(t('next.kept'))
  }
  expect(said('open', ['noreply@contoso.example'])).toContain(t('next.open'))
})

test('leads to a new client also where there is none yet, and not a reader who may not link', () => {
  const rendered = (clients: readonly Client[] | null) => {
    const sender = { address: 'scanner@contoso.example', progress: 'open', client: null } as StoredSender
    const table = {
      senders: [sender],
      clients,
      mailboxes: [],
      newestFrom: '',
      place: { progress: null, text: '', page: 1 },
    }
    return renderToStaticMarkup(<SendersTable {...table} t={translatorFor('en', 'basic-auth')} />)
  }
  const address = encodeURIComponent('scanner@contoso.example')
  expect(rendered([])).toContain(`href="/clients/add?senders=${address}&amp;moving=${address}"`)
  expect(rendered(null)).not.toContain('/clients/add')
})
