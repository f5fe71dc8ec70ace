import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { LOCALES } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { TestTable } from './history'

const NOW = new Date('2026-11-26T12:00:00Z')

test.each(LOCALES)('the test history says a failure by its title, with its code small below it (%s)', (locale) => {
  const failed = {
    id: '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f',
    startedAt: NOW,
    startedBy: 'admin@contoso.example',
    recipient: 'someone@fabrikam.example',
    asSender: null,
    settings: null,
    outcome: 'failed',
    dryRun: false,
    diagnosisCode: 'secret-expired',
    durationMs: 431,
    ofCurrentRevision: true,
  } as const
  const t = translatorFor(locale, 'mail-server')
  const html = renderToStaticMarkup(<TestTable rows={[failed]} before={null} after={null} now={NOW} t={t} />)
  const title = translatorFor(locale, 'diagnosis')('codes.secret-expired.title')
  const [, below = ''] = html.split(`<span>${title}</span>`)
  expect(below).toMatch(/^<code class="[^"]*\btext-xs\b[^"]*">secret-expired<\/code>/)
  expect(html.match(/secret-expired/g)).toHaveLength(1)
})
