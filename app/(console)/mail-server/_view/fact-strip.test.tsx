import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { MailServerView } from '@/lib/mail-server'
import { FactStrip } from './fact-strip'

const facts = (secret: Partial<MailServerView['secret']>) =>
  renderToStaticMarkup(
    <FactStrip
      id="7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f"
      view={{ secret: { set: true, expiresAt: null, ...secret } } as MailServerView}
      day={null}
      failover={null}
      now={new Date('2026-11-26T12:00:00Z')}
      t={translatorFor('en', 'mail-server')}
    />,
  )

test('an unknown expiry date leads to where it is entered, and a password has none', () => {
  expect(facts({ kind: 'client-secret' })).toMatch(
    /href="\/credentials\/7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f#edit"[^>]*>(?:<[^>]*>)*Date unknown/,
  )
  expect(facts({ kind: 'smtp-password' })).not.toContain('/credentials/')
})
