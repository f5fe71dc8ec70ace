import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import english from '@/messages/en/mail-server.json'
import { FailedReport } from './report-view'

const german = translatorFor('de', 'diagnosis')

test('texts that are stored in another language are marked with it, and the texts of the page are not', () => {
  const [title, cause] = [german('codes.secret-expired.title'), 'Das Clientgeheimnis ist abgelaufen.']
  const diagnosis = {
    code: 'secret-expired',
    stage: 'token',
    retry: 'no',
    title,
    cause,
    steps: ['Neues Geheimnis anlegen.'],
    commands: [],
    portal: { label: 'Zertifikate öffnen', url: 'https://entra.microsoft.com' },
    evidence: 'AADSTS7000222: The provided client secret keys are expired.',
    locale: 'de',
  } as const
  const report = { outcome: 'failed', stages: [], diagnosis, accepted: null, sender: { from: '', login: null } }
  const html = renderToStaticMarkup(
    <FailedReport
      failed={{ report, transcript: [], to: '' } as unknown as Parameters<typeof FailedReport>[0]['failed']}
      isAnswer
      w={{ ...english.test, locale: 'en' }}
    />,
  )
  const marked = [...html.matchAll(/<(\w+)[^>]* lang="de"[^>]*>(.*?)<\/\1>/g)].map(([, , text]) => text)
  // As the answer of the page, the name of the fault ends with a full stop.
  expect(marked.slice(0, 2)).toEqual([`${title}.`, cause])
  expect(html).toMatch(/<div lang="de"><ol.*Neues Geheimnis anlegen\./)
  expect(html).toContain('<span lang="de">Zertifikate öffnen</span>')
  expect(html.match(/lang="de"/g)).toHaveLength(4)
})
