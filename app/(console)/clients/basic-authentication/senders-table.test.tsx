import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { StoredSender } from '@/lib/submission/basic-auth/store'
import type { Client } from '@/lib/submission/client'
import { SendersTable } from './senders-table'

test('proposes the client that may send as an address, and only for that address', () => {
  const client = { id: 'scanner', name: 'Scanner', senders: ['scanner@contoso.example'] } as Client
  const proposed = ['scanner@contoso.example', 'erp@contoso.example'].map((address) => {
    const sender = { address, progress: 'open', client: null } as StoredSender
    const table = { senders: [sender], clients: [client], place: { progress: null, page: 1 } }
    const html = renderToStaticMarkup(<SendersTable {...table} t={translatorFor('en', 'basic-auth')} locale="en" />)
    return /<option value="(\w*)" selected=""/.exec(html)?.[1]
  })
  expect(proposed).toEqual(['scanner', ''])
})
