import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { type Paused, pauseText } from '@/app/(console)/messages/pause-text'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { MailServerView } from '@/lib/mail-server'
import { MAIL_STATES, type MailState } from '@/lib/mail-server/status'
import { ListAnswer } from './server-list'
import { PasswordLoginNote } from './server-page'
import { StateAnswer } from './state-answer'

const t = translatorFor('en', 'mail-server')
const NOW = new Date('2026-11-26T12:00:00Z')
const AT = new Date('2026-11-26T10:00:00Z')

const SAVED = {
  version: 3,
  unreadable: false,
  secret: { set: false },
  fields: { type: 'exchange-online-oauth2', senderAddress: 'noreply@contoso.example' },
  state: 'unverified',
  failing: null,
  verifiedBy: null,
  deliveredBy: null,
  failover: null,
  fallbackUntil: null,
} as unknown as MailServerView

const answer = (
  view: Partial<MailServerView>,
  { may = true, locale = 'en' as Locale, pause = null as Paused | null, isInUse = true } = {},
) =>
  renderToStaticMarkup(
    <StateAnswer
      view={{ ...SAVED, ...view }}
      server="7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f"
      name={null}
      isInUse={isInUse}
      maySave={may}
      mayTest={may}
      pause={pause}
      messages={translatorFor(locale, 'messages')}
      now={NOW}
      t={translatorFor(locale, 'mail-server')}
    />,
  )
const toneOf = (html: string) => html.match(/data-answer="(\w+)"/)?.[1]
const loginNote = (mayTest: boolean) =>
  renderToStaticMarkup(<PasswordLoginNote path="/mail-server" mayTest={mayTest} t={t} />)

test('readers see who can set up, test and change the mail server, and no request to do it', () => {
  const html = [answer({ version: 0 }, { may: false }), answer({}, { may: false }), loginNote(false)]
  expect(html[0]).toContain('An administrator can set it up on this page.')
  expect(html[1]).toContain('An operator can send a test message.')
  expect(html[2]).toContain('An administrator can switch to signing in as an application with OAuth2.')
  for (const note of html)
    expect(note).not.toMatch(/Fill in the form|Send a test message|Sign in as an application|<a /)
})

test('a secret without a key is to be entered again, and no key is named', () => {
  const secret = { set: true, kind: 'client-secret', at: AT, readable: false, destinationChange: null, kid: '' }
  const html = answer({ secret: secret as MailServerView['secret'] })
  expect(html).toContain('Enter the secret again. No mail is sent until then.')
  expect(html).not.toMatch(/[Kk]ey/)
})

test('people who may test and save see what to do next', () => {
  expect(answer({ version: 0 })).toContain('Fill in the form, send a test message, save.')
  const latestTest = { outcome: 'accepted' } as MailServerView['latestTest']
  expect(answer({ version: 0, latestTest })).toContain('A test message was accepted. Save the tested settings')
  expect(answer({})).toMatch(/href="#send-test"[^>]*>Send a test message<\/a> to make sure mail gets through\./)
  expect(answer({})).toContain('href="/set-up"')
  expect(answer({ fields: { type: 'smtp' } as MailServerView['fields'] })).not.toContain('/set-up')
  expect(loginNote(true)).toContain('Sign in as an application with OAuth2 instead.')
  expect(loginNote(true)).toContain('href="/mail-server?draft=oauth"')
})

test('the list of mail servers is calm only if every saved one delivers', () => {
  const list = (...states: [MailState, version: number, isInUse?: boolean][]) =>
    renderToStaticMarkup(
      <ListAnswer
        rows={states.map(([state, version, isInUse = true]) => {
          return { name: 'Branch', isDefault: false, state, isInUse, version }
        })}
        t={t}
      />,
    )
  expect(list(['delivering', 1], ['delivering', 1])).toContain('Both mail servers are delivering.')
  expect(list(['delivering', 1], ['delivering', 1, false])).toContain('One mail server is delivering.')
  expect(list(['delivering', 1], ['off', 0])).toContain('One mail server is delivering.')
  expect(list(['off', 0], ['off', 0])).toContain('No mail server is delivering.')
  for (const state of MAIL_STATES.filter((each) => each !== 'delivering')) {
    const html = list(['delivering', 1], [state, 2])
    expect(html).toContain('Branch needs attention.')
    expect(toneOf(html)).toBe(state === 'failing' ? 'bad' : 'warn')
  }
})

test('the list names up to two mail servers that need attention', () => {
  const title = (names: string[], locale: 'en' | 'de') => {
    const rows = names.map(
      (name) => ({ name, isDefault: false, state: 'unverified', isInUse: false, version: 1 }) as const,
    )
    return renderToStaticMarkup(<ListAnswer rows={rows} t={translatorFor(locale, 'mail-server')} />)
  }
  expect(title(['Finance', 'Warehouse'], 'en')).toContain('Finance and Warehouse need attention.')
  expect(title(['Finance', 'Warehouse'], 'de')).toContain('Finance und Warehouse erfordern Ihre Aufmerksamkeit.')
  expect(title(['Finance', 'Warehouse', 'HR'], 'en')).toContain('Three mail servers need attention.')
})

test('a rejected credential is replaced by those who may, and a password that expires is entered in the form below', () => {
  const rejected = { state: 'failing', failing: { kind: 'credential-refused' } } as const
  expect(answer(rejected)).toContain('Replace it</a>')
  expect(answer(rejected, { may: false })).toMatch(/button-secondary[^>]*>Open the credential</)
  expect(answer(rejected, { may: false })).not.toContain('Replace it</a>')
  const secret = { set: true, kind: 'smtp-password', readable: true, destinationChange: null, expiresAt: AT }
  const expiring = { state: 'expiring', secret: secret as unknown as MailServerView['secret'] } as const
  const html = answer(expiring)
  expect(html).toContain('The password expired on')
  expect(html.replace(/<\/?(span|bdi|wbr)[^>]*>/g, '')).toContain(
    'Enter the new password below. As soon as the server rejects the old one, no mail can be sent as noreply@contoso.example.',
  )
  expect(html).not.toMatch(/Entra|<a /)
  expect(answer(expiring, { may: false })).not.toContain('Enter the new password')
})

test.each(LOCALES)(
  '%s: a paused mail server is described as on the other pages, before a test that failed',
  (locale) => {
    const latestTest = { outcome: 'failed' } as MailServerView['latestTest']
    const by = { at: AT, by: 'diagnosis', name: 'Main', isNamed: true }
    const messages = translatorFor(locale, 'messages')
    for (const [pause, tone, link] of [
      [{ ...by, by: 'admin@contoso.example', code: null, failover: null }, 'warn', false],
      [{ ...by, code: 'secret-expired', failover: null }, 'bad', true],
      [{ ...by, code: 'secret-expired', failover: 'Branch' }, 'warn', true],
    ] as const) {
      const html = answer(
        { state: 'failing', failing: { kind: 'test', evidenceId: 'a' }, latestTest },
        { locale, pause },
      )
      expect(toneOf(html)).toBe(tone)
      expect(html.replace(/<\/?(span|bdi|wbr)[^>]*>/g, '')).toContain(`${pauseText(pause, messages).title}.`)
      expect(html.includes('href="/messages"')).toBe(link)
    }
  },
)

test('a verified mail server that no mail uses is not called delivering, and the page says what is left to do', () => {
  const html = answer({ state: 'delivering', verifiedBy: { testId: 'a', at: AT } }, { isInUse: false })
  expect(toneOf(html)).toBe('info')
  expect(html).toContain('Verified, but no mail uses it yet.')
  expect(html).toContain('To use it, make it the default or choose it in a policy rule or as a failover server.')
  expect(html).not.toContain('delivering')
})

describe.each(LOCALES)('%s: the page says first', (locale) => {
  const say = (key: Parameters<typeof t>[0], values = {}) => translatorFor(locale, 'mail-server')(key, values)
  const secret = { set: true, kind: 'client-secret', at: AT, by: 'admin@contoso.example', kid: 'k9' }
  const readable = { ...secret, readable: true, destinationChange: null }
  const cases: [string, Partial<MailServerView>, tone: string, title: string][] = [
    ['that it works', { state: 'delivering', verifiedBy: { testId: 'a', at: AT } }, 'good', say('answer.works')],
    ['that the previous credential is used', { state: 'fallback', fallbackUntil: AT }, 'warn', say('answer.fallback')],
    [
      'that the secret cannot be opened',
      {
        state: 'failing',
        failing: { kind: 'unreadable' },
        secret: { ...readable, readable: false, expiresAt: null } as MailServerView['secret'],
      },
      'bad',
      say('answer.secretUnreadable'),
    ],
    [
      'that the secret expires',
      {
        state: 'expiring',
        secret: { ...readable, expiresAt: new Date('2026-12-03T00:00:00Z') } as MailServerView['secret'],
      },
      'warn',
      say('answer.expires', {
        kind: say('kind.client-secret'),
        date: locale === 'en' ? '3\u00a0December' : '3.\u00a0Dezember',
      }),
    ],
    [
      'that a delivery failed',
      { state: 'failing', failing: { kind: 'delivery', evidenceId: 'm' } },
      'bad',
      say('failing.delivery'),
    ],
    ['that the settings cannot be read', { unreadable: true, state: 'failing' }, 'bad', say('answer.unreadable')],
  ]
  test.each(cases)('%s', (_, view, tone, title) => {
    const html = answer(view, { locale })
    expect(toneOf(html)).toBe(tone)
    // Some words of a title are in elements that hold them together.
    expect(html.replaceAll(/<[^>]*>/g, '')).toContain(title)
  })
})
