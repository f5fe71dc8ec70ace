import { expect, test } from 'vitest'
import { LOCALES } from '../../i18n/locale'
import { testMessage } from './message'

const HOSTILE = `<img src="http://attacker.test/x" onerror=alert(1)>&"'`
const at = new Date('2027-03-01T12:00:00Z')
const occasion = (locale: (typeof LOCALES)[number], email = 'admin@contoso.example') => ({
  deps: { baseUrl: new URL('https://console.contoso.example'), clock: { now: () => at, monotonicMs: () => 0 } },
  caller: {
    actor: { kind: 'operator' as const, id: '1', email, role: 'admin' as const },
    origin: { address: null, requestId: 'r' },
    locale,
  },
  from: { address: 'noreply@contoso.example', name: HOSTILE },
  to: '"<b>"@fabrikam.example',
  server: { host: 'mail.contoso.example', port: 587, security: 'starttls' as const },
})

test.each(LOCALES)('M-13 %s: hostile names are text, nothing is fetched, links lead to the console only', (locale) => {
  const { html, text, messageId, envelopeFrom, to } = testMessage(occasion(locale, HOSTILE))
  expect(html).not.toMatch(/<img|<b>|onerror=alert\(1\)>|<script|<link|url\(|@import/i)
  expect(html.match(/(?:href|src|background)="[^"]*"/g)).toEqual(['href="https://console.contoso.example"'])
  expect(text).toContain('https://console.contoso.example')
  expect(text).toContain('mail.contoso.example:587 (STARTTLS)')
  expect(messageId).toMatch(/^<[0-9a-f-]{36}@contoso\.example>$/)
  expect({ envelopeFrom, to }).toEqual({ envelopeFrom: 'noreply@contoso.example', to: ['"<b>"@fabrikam.example'] })
})

test('M-13 no name turns the direction of what follows it', () => {
  const turning = '\u202a\u202e\u2066\u2069'
  const { html } = testMessage(occasion('en', `admin${turning}@contoso.example`))
  expect(html).toContain('>admin@contoso.example<')
})

test('both languages tell who asked, when, and that no reply is needed', () => {
  expect(testMessage(occasion('en')).text).toMatchInlineSnapshot(`
    "This is a test message

    The mail server accepted this message from Postroom. If you can read it, messages reach this address.

    Console: https://console.contoso.example
    Requested by: admin@contoso.example
    When: 1 March 2027 at 12:00:00 UTC
    Sender: noreply@contoso.example
    Recipient: "<b>"@fabrikam.example
    Mail server: mail.contoso.example:587 (STARTTLS)

    Open the console: https://console.contoso.example

    You do not need to reply.
    If you did not expect this message, contact the administrator of the console named above. You do not need to do anything else.
    "
  `)
  expect(testMessage(occasion('de')).text).toMatchInlineSnapshot(`
    "Das ist eine Testnachricht

    Der Mailserver hat diese Nachricht von Postroom angenommen. Wenn Sie sie lesen können, kommen Nachrichten bei dieser Adresse an.

    Konsole: https://console.contoso.example
    Angefordert von: admin@contoso.example
    Zeitpunkt: 1. März 2027 um 12:00:00 UTC
    Absender: noreply@contoso.example
    Empfänger: "<b>"@fabrikam.example
    Mailserver: mail.contoso.example:587 (STARTTLS)

    Konsole öffnen: https://console.contoso.example

    Sie brauchen nicht zu antworten.
    Falls Sie diese Nachricht nicht erwartet haben, wenden Sie sich an den Administrator der oben genannten Konsole. Sonst müssen Sie nichts tun.
    "
  `)
})
