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
    const table = { senders: [sender], clients, place: { progress: null, page: 1 } }
    const html = renderToStaticMarkup(<SendersTable {...table} t={translatorFor('en', 'basic-auth')} />)
    return /<option value="(\w*)" selected=""/.exec(html)?.[1]
  }
  expect(proposed('SCANNER@contoso.example')).toBe('scanner')
  expect(proposed('other@contoso.example')).toBe('')
  const linked = { id: 'erp', name: 'erp', firstMessage: null }
  expect(proposed('scanner@contoso.example', linked)).toBe('erp')
  expect(proposed('scanner@contoso.example', { ...linked, id: 'removed', name: null })).toBe('scanner')
})
