import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { MailServerView } from '@/lib/mail-server'
import { PasswordLoginNote } from './password-login-note'
import { StatusStrip } from './status-strip'

const t = translatorFor('en', 'mail-server')
const NOW = new Date('2026-11-26T12:00:00Z')

const SAVED = {
  version: 3,
  secret: { set: false },
  state: 'unverified',
  verifiedBy: null,
  deliveredBy: null,
  lastVerified: null,
  latestTest: null,
  failover: null,
  fallbackUntil: null,
  failedMessage: null,
} as unknown as MailServerView

const strip = (version: number, may: boolean) =>
  renderToStaticMarkup(
    <StatusStrip
      view={{ ...SAVED, version }}
      server=""
      restore={null}
      failure={null}
      maySave={may}
      mayTest={may}
      now={NOW}
      locale="en"
      t={t}
    />,
  )
const loginNote = (mayTest: boolean) =>
  renderToStaticMarkup(<PasswordLoginNote path="/mail-server" mayTest={mayTest} t={t} />)

test('readers see who can set up, test and change the mail server, and no request to do it', () => {
  const html = [strip(0, false), strip(3, false), loginNote(false)]
  expect(html[0]).toContain('An administrator does that on this page.')
  expect(html[1]).toContain('An operator can send a test message.')
  expect(html[2]).toContain('An administrator can change to signing in as an application with OAuth2.')
  for (const note of html)
    expect(note).not.toMatch(/Fill in the form|Send a test message\.|Sign in as an application|<a /)
})

test('people who may test and save see what to do next', () => {
  expect(strip(0, true)).toContain('Fill in the form, test it, save it.')
  expect(strip(3, true)).toContain('Send a test message.')
  expect(loginNote(true)).toContain('Sign in as an application with OAuth2 instead.')
  expect(loginNote(true)).toContain('href="/mail-server?draft=oauth"')
})
