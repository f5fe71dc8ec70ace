import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Retry } from '@/lib/kernel'
import english from '@/messages/en/mail-server.json'
import { FailedReport } from './report-view'

const german = translatorFor('de', 'diagnosis')

const SECRET_EXPIRED = {
  code: 'secret-expired',
  stage: 'token',
  retry: 'no',
  title: german('codes.secret-expired.title'),
  cause: 'Das Clientgeheimnis ist abgelaufen.',
  steps: ['Neues Geheimnis anlegen.'],
  commands: [],
  portal: { label: 'Zertifikate öffnen', url: 'https://entra.microsoft.com' },
  evidence: 'AADSTS7000222: The provided client secret keys are expired.',
  locale: 'de',
} as const

function htmlOf(
  change: { cause?: string; evidence?: string; retry?: Retry; fallbackUntil?: string },
  stages: { stage: string; state: string; ms: number }[] = [],
  isAnswer = true,
): string {
  const diagnosis = { ...SECRET_EXPIRED, ...change }
  const report = { outcome: 'failed', stages, diagnosis, accepted: null, sender: { from: '', login: null } }
  return renderToStaticMarkup(
    <FailedReport
      failed={{ report, transcript: [], to: '' } as unknown as Parameters<typeof FailedReport>[0]['failed']}
      isAnswer={isAnswer}
      w={{ ...english.test, locale: 'en' }}
    />,
  )
}

test('texts that are stored in another language are marked with it, and the texts of the page are not', () => {
  const html = htmlOf({})
  const marked = [...html.matchAll(/<(\w+)[^>]* lang="de"[^>]*>(.*?)<\/\1>/g)].map(([, , text]) => text)
  // As the answer of the page, the name of the fault ends with a full stop.
  expect(marked.slice(0, 2)).toEqual([`${SECRET_EXPIRED.title}.`, SECRET_EXPIRED.cause])
  expect(html).toMatch(/<div lang="de"><ol.*Neues Geheimnis anlegen\./)
  expect(html).toContain('<span lang="de">Zertifikate öffnen</span>')
  expect(html.match(/lang="de"/g)).toHaveLength(4)
})

test('what a server answered is marked as English, in which servers answer', () => {
  expect(htmlOf({ evidence: '535 5.7.3 Authentication unsuccessful' })).toMatch(/<p lang="en"[^>]*>535 5\.7\.3/)
})

test.each([
  ['AADSTS7000222: The provided client secret keys are expired.', english.test.answered.entra],
  ['550 5.7.60 SMTP; Client does not have permissions to send as this sender', english.test.answered.exchange],
  ['no greeting in time', english.test.answered.postroom],
  ['CERT_HAS_EXPIRED; ESOCKET', english.test.answered.postroom],
])('evidence %j has the heading %j', (evidence, heading) => {
  const html = htmlOf({ evidence }, [{ stage: 'token', state: 'passed', ms: 1 }])
  const headings = Object.values(english.test.answered).filter((text) => html.includes(`>${text}<`))
  expect(headings).toEqual([heading])
})

test.each(['no', 'yes', 'later', 'settling'] as const)(
  'whether to try again is said once for “%s”, where the last step says how long a change can take too',
  (retry) => {
    const html = htmlOf({ retry })
    const said = Object.values(english.test.retry).filter((text) => html.includes(text))
    expect(said).toEqual(retry === 'settling' ? [] : [english.test.retry[retry]])
  },
)

test('until when the previous credential is used is a date as on every page, in the reader’s language', () => {
  expect(htmlOf({ fallbackUntil: '2028-11-28T23:00:00.000Z' })).toContain('28\u00a0Nov\u00a02028, 23:00\u00a0UTC')
})

test('as the answer of the page a cause is one sentence, and the rest is below it', () => {
  const html = htmlOf({ cause: 'Exchange did not open it. The permission is missing.' })
  expect(html).toMatch(/>Exchange did not open it\.<.*>The permission is missing\.</)
  expect(htmlOf({ cause: 'One. Two.' }, [], false)).toContain('>One. Two.<')
})

test.each([true, false])(
  'the report can take the focus, with its title and its cause, as the answer of the page (%s) and below it',
  (isAnswer) => {
    const html = htmlOf({}, [], isAnswer)
    const [, title, cause] =
      /^<article aria-labelledby="([^"]+)" aria-describedby="([^"]+)" tabindex="-1"/.exec(html) ?? []
    const textOf = (id = '') => html.split(`id="${id}"`)[1]?.replace(/^[^>]*>([^<]*).*/, '$1')
    expect(textOf(title)?.replace(/\.$/, '')).toBe(SECRET_EXPIRED.title)
    expect(textOf(cause)).toBe(SECRET_EXPIRED.cause)
    expect(html.match(/tabindex/g)).toHaveLength(1)
  },
)
