import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { AuditRow } from '@/lib/audit'
import { translatorFor } from '@/lib/i18n/translations'
import { ActivityTable } from './activity-table'
import { activityLabels, toListedEvent } from './load-rows'

test('a full page of entries with their values has less than 1,500 bytes of HTML for each', () => {
  const t = translatorFor('en', 'activity')
  const entry = (at: number): AuditRow => ({
    sequence: BigInt(4_000 + at),
    at: new Date(Date.UTC(2026, 10, 29, 8, at)),
    actorKind: 'operator',
    actorId: 'op-1',
    actorName: 'admin@contoso.example',
    action: 'operator.change-role',
    subject: `operator:b3c1e8f0-6a2d-4f7e-9c1d-0000000000${10 + at}`,
    result: 'done',
    details: { email: `anna${at}@contoso.example`, from: 'viewer', to: 'operator' },
    address: '192.0.2.7',
    requestId: `2f1d8c7e-5b3a-4e6f-8a9b-0000000000${10 + at}`,
    hash: '',
    previousHash: '',
    keyId: null,
  })
  const context = {
    names: new Map(),
    titles: new Map(),
    there: { servers: [], credentials: [], messages: [], operators: [] },
    t,
  }
  const rows = Array.from({ length: 50 }, (_, at) => toListedEvent(entry(at), context))
  const html = renderToStaticMarkup(<ActivityTable rows={rows} labels={activityLabels(t)} />)
  expect(html).toContain('Request ID')
  expect(Buffer.byteLength(html) / rows.length).toBeLessThan(1_500)
})
