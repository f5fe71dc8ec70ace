import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { processorMs } from '../../tests/support/processor-time'
import { parseNote } from '../credentials/edit'
import { LOCALES } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { ok } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { parseRecipientEmail, parseRecipientEmails, parseSenderEmail } from './email-address'
import { parseClientId, parseClientSecret, parseSecretExpiresAt, parseTenantId } from './entra-identity'
import { NOTHING_MORE, parseSmtpHost, parseSmtpPort } from './host-name'
import { parseSmtpPassword, parseSmtpUsername, parseUserPassword } from './password'
import { sitePathIn } from './site-path'
import {
  parseApiKeyName,
  parseBody,
  parseDisplayName,
  parseFeedName,
  parseOrganisationName,
  parseProfileName,
  parseRuleName,
  parseServerName,
  parseSubject,
  shownFileName,
  TEXT_OCTETS_MAX,
} from './text'
import { invalid, type Parsed, type ValidationError, validationErrorText } from './validation-error'

interface Entry {
  field: string
  value: unknown
  expect: 'accept' | 'reject' | 'normalise'
  normalised?: unknown
  note: string
  gen?: { unit: string; times: number; prefix?: string; suffix?: string }
  dns?: string[]
}

const PARSERS: Record<string, (input: unknown) => Parsed<unknown>> = {
  tenant_id: parseTenantId,
  client_id: parseClientId,
  client_secret: parseClientSecret,
  secret_expires_at: parseSecretExpiresAt,
  sender_email: parseSenderEmail,
  recipient_email: parseRecipientEmail,
  display_name: parseDisplayName,
  profile_name: parseProfileName,
  api_key_name: parseApiKeyName,
  smtp_host: (input) => parseSmtpHost(input),
  smtp_port: (input) => parseSmtpPort(input),
  smtp_username: parseSmtpUsername,
  smtp_password: parseSmtpPassword,
  user_password: parseUserPassword,
  subject: parseSubject,
  body_text: (input) => parseBody(input, TEXT_OCTETS_MAX),
  // The product takes them as one text; a list becomes its lines.
  notify_emails(input) {
    const isList = Array.isArray(input) && input.every((each) => typeof each === 'string')
    return isList || typeof input === 'string' ? parseRecipientEmails([input].flat().join('\n')) : invalid('notText')
  },
  // A path has no message: where it is wrong, it is left out.
  callback_url(input) {
    const path = sitePathIn(input)
    return path === null ? invalid('required') : ok(path)
  },
}
/** Inputs that another module rejects: the dialer resolves names, and lib/accounts knows common passwords. */
const DECIDED_ELSEWHERE = new Set(['inside.contoso.example', 'both.contoso.example', '1234567890123456'])

/** Fields that other tests send to what reads them. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  authority_host: 'lib/net/https.test.ts',
  search_query: 'app/(console)/activity/query.test.ts',
  reminder_days: 'lib/credentials/credentials.test.ts',
  ...Object.fromEntries(
    ['http_mail_json', 'idempotency_key', 'api_key_credential', 'page_size'].map((field) => [
      field,
      'lib/submission/api/api.test.ts',
    ]),
  ),
  smtp_listener_line: 'lib/submission/smtp/relay.test.ts',
  smtp_listener_data: 'lib/submission/smtp/relay.test.ts',
}
/** Fields that nothing of the product reads. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  ehlo_name: 'No setting has it: Postroom greets with the host name of POSTROOM_BASE_URL.',
  timezone: 'No setting has it: times are stored and shown in UTC.',
}

test('W-03 every field of the list is tested here or elsewhere, or is not built', () => {
  const fields = new Set((entries as Entry[]).map(({ field }) => field).filter((field) => !(field in PARSERS)))
  expect([...fields].sort()).toEqual([...Object.keys(TESTED_ELSEWHERE), ...Object.keys(NOT_BUILT)].sort())
  for (const [field, file] of Object.entries(TESTED_ELSEWHERE))
    expect(readFileSync(file, 'utf8'), file).toContain(`'${field}'`)
})

const inputOf = ({ value, gen }: Entry): unknown =>
  gen ? (gen.prefix ?? '') + gen.unit.repeat(gen.times) + (gen.suffix ?? '') : value
const plain = (value: unknown): unknown => (value instanceof Redacted ? value.reveal() : value)
const logLine = (value: unknown): string => JSON.stringify(value).slice(0, 60)

function explain(validationError: ValidationError): void {
  for (const locale of LOCALES)
    expect(validationErrorText(translatorFor(locale, 'validation'), validationError)).not.toBe('')
}

const built = (entries as Entry[]).filter(({ field }) => field in PARSERS)

test.each(built.map((entry) => [entry.field, entry.expect, logLine(inputOf(entry)), entry] as const))(
  'W-03 %s: %s %s',
  (field, _, __, entry) => {
    const began = processorMs()
    const parsed = PARSERS[field]?.(inputOf(entry))
    expect(processorMs() - began).toBeLessThan(200)
    if (entry.expect === 'reject' && !DECIDED_ELSEWHERE.has(String(entry.value))) {
      expect(parsed?.ok, 'must be refused').toBe(false)
      if (parsed && !parsed.ok) explain(parsed.error)
      return
    }
    expect(parsed).toMatchObject({ ok: true })
    if (parsed?.ok) expect(plain(parsed.value)).toEqual(entry.expect === 'normalise' ? entry.normalised : entry.value)
  },
)

describe.each(Object.keys(PARSERS))('W-03 %s', (field) => {
  const parse = (input: unknown): Parsed<unknown> => {
    const parser = PARSERS[field]
    if (!parser) throw new Error(field)
    return parser(input)
  }
  const good = built.find((entry) => entry.field === field && entry.expect === 'accept')

  test('refuses every JSON type the policy does not name', () => {
    for (const wrong of [null, undefined, true, false, [], {}, ['x'], { startsWith: 'c' }, { in: [] }, 1.5, Number.NaN])
      expect(parse(wrong).ok, String(wrong)).toBe(false)
    if (field !== 'smtp_port') expect(parse(25).ok).toBe(false)
  })

  test.each(['z', '<', ' ', '\u200b', 'a.', '-', '(', '"', '\u0430', '@', '%2f', '\ud800', 'a@'])(
    'answers 500 000 times %j in under 200 ms, with a refusal or an empty text',
    (unit) => {
      const began = processorMs()
      const parsed = parse(unit.repeat(500_000))
      expect(processorMs() - began).toBeLessThan(200)
      expect(parsed.ok).toBe(false)
    },
  )

  test.each(['(@contoso.example', '@', ' ', '"'])('answers 26 letters before %j in under 200 ms', (wrong) => {
    const began = processorMs()
    parse('a'.repeat(26) + wrong)
    expect(processorMs() - began).toBeLessThan(200)
  })

  test('whatever comes, it answers, says why in both languages, and its answer is a fixed point', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue(), mutated(good)), (input) => {
        const parsed = parse(input)
        if (!parsed.ok) return explain(parsed.error)
        expect(plain(parse(plain(parsed.value)))).toMatchObject({ ok: true })
        const again = parse(plain(parsed.value))
        if (again.ok) expect(plain(again.value)).toEqual(plain(parsed.value))
      }),
      { numRuns: 300 },
    )
  })
})

/** A good value with one character put in: the neighbours of what people type. */
function mutated(good: Entry | undefined): fc.Arbitrary<string> {
  const base = typeof good?.value === 'string' ? good.value : 'contoso.example'
  const extra = fc.constantFrom(...'\u200b\u00ad\u202e\u2066\u0000\r\n\t @:/\\.,;<>"\'()[]{}\u0430\uff0e\u2011\u2019')
  return fc.tuple(fc.nat(base.length), extra).map(([at, c]) => base.slice(0, at) + c + base.slice(at))
}

const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\u202e', '\u2066', '\u0000', '\u001b', '\u0085']
test.each(INVISIBLE)('an invisible character (%j) inside a value is refused and named by its code', (character) => {
  for (const [field, value] of [
    ['tenant_id', `conto${character}so.example`],
    ['client_id', `4a6be1f2-0c7d-4d9a-a3e8-${character}2b1f9c8d7e60`],
    ['sender_email', `al${character}erts@contoso.example`],
    ['recipient_email', `admin@ada${character}tum.example`],
    ['display_name', `De${character}sk`],
    ['smtp_host', `smtp.con${character}toso.example`],
    ['client_secret', `Xy8Q~0aBc${character}DeFgHiJk`],
  ] as const) {
    const parsed = PARSERS[field]?.(value)
    expect(parsed?.ok, field).toBe(false)
    if (!parsed || parsed.ok) continue
    const text = validationErrorText(translatorFor('en', 'validation'), parsed.error)
    expect(text).toMatch(/U\+[0-9A-F]{4}|line break/)
  }
})

test.each([
  ['a name', parseProfileName],
  ['a mail server', parseServerName],
  ['a rule', parseRuleName],
  ['an API key', parseApiKeyName],
  ['a calendar', parseFeedName],
  ['the organisation', parseOrganisationName],
  ['a sender', parseDisplayName],
  ['a note', parseNote],
])(
  'no text of %s looks empty or like another one, and it may have an emoji, a keycap or a form of a Chinese character',
  (_, parse) => {
    const hidden =
      '\u00ad\u061c\u115f\u180b\u180e\u200b\u200d\u200f\u202e\u2060\u2065\u2069\u206a\u2800\u3164\ufe0f\uffa0\ufff9'
    for (const each of `${hidden}\u{1bca0}\u{1d173}\u{e0041}\u{e0100}`) {
      const refusal = { error: { key: 'oddCharacter', params: { codePoint: each.codePointAt(0), position: 5 } } }
      expect(parse(`Scan${each}ner`)).toMatchObject(refusal)
      expect(parse(`x ${each}`).ok, each).toBe(false)
    }
    for (const name of ['Scanner ✉\ufe0f', '1\ufe0f\u20e3', '葛\u{e0100}城'])
      expect(parse(name)).toEqual({ ok: true, value: name })
  },
)

test('a line break within a name is refused, and one within a note is kept, however it is written', () => {
  for (const end of ['\n', '\r\n', '\r', '\u0085', '\u2028', '\u2029']) {
    expect(parseProfileName(`one${end}two`)).toMatchObject({ error: { key: 'lineBreak' } })
    expect(parseNote(`one${end}two`)).toEqual({ ok: true, value: 'one\ntwo' })
  }
})

test('a subject may have a soft hyphen or the flag of a region', () => {
  expect(parseSubject('Donau\u00addampfschiff \u{1f3f4}\u{e0067}\u{e0062}\u{e007f}').ok).toBe(true)
})

test.each([
  ['127.1'],
  ['0x7f000001'],
  ['0177.0.0.1'],
  ['017700000001'],
  ['2130706433'],
  ['[::1]'],
  ['::1'],
  ['fe80::1'],
  ['１２７.０.０.１'],
  ['127。0。0。1'],
  ['169.254.169.254.'],
  ['mail.1'],
  ['0x7f.1'],
])('N-04 smtp_host: the address %s is refused in every spelling', (host) => {
  expect(parseSmtpHost(host).ok).toBe(false)
})

test('N-02 smtp_host: one label and localhost pass only by the deployment’s own list, by exact name', () => {
  const allowance = { ...NOTHING_MORE, names: ['mailpit', 'localhost', '10.0.0.0/8'] }
  expect(parseSmtpHost('mailpit', allowance)).toEqual({ ok: true, value: 'mailpit' })
  expect(parseSmtpHost('LOCALHOST.', allowance)).toEqual({ ok: true, value: 'localhost' })
  expect(parseSmtpHost('app.localhost', allowance).ok).toBe(false)
  expect(parseSmtpHost('10.0.0.0/8', allowance).ok).toBe(false)
  expect(parseSmtpPort(2587, { ...allowance, ports: [2587] })).toEqual({ ok: true, value: 2587 })
  expect(parseSmtpPort(2587).ok).toBe(false)
})

test.each([
  [' ', 'required'],
  ['mail', 'port.notNumber'],
  ['80', 'port.notMail'],
])('what is wrong with a port is said as it is: “%s”', (typed, key) => {
  expect(parseSmtpPort(typed)).toMatchObject({ error: { key } })
})

test.each([
  ['Contoso <noreply@contoso.example>', 'enter only the address: noreply@contoso.example'],
  ['a@contoso.example; b@contoso.example', 'more than one address. Enter only one.'],
  ['mailto:alerts@contoso.example', 'enter only the address: alerts@contoso.example'],
  ['it alerts@contoso.example', 'contains a space'],
  ['"it alerts"@contoso.example', 'the part before the @ is not valid'],
  ['alerts@contoso', 'no complete domain after the @. An address looks like noreply@contoso.example.'],
])('sender_email: %s is answered with what was probably meant', (typed, text) => {
  const parsed = parseSenderEmail(typed)
  expect(parsed.ok ? '' : validationErrorText(translatorFor('en', 'validation'), parsed.error)).toBe(text)
})

test('client_secret: the Secret ID is recognised, and the way out is said', () => {
  const parsed = parseClientSecret('0F1E2D3C-4B5A-4678-8796-A5B4C3D2E1F0')
  expect(parsed.ok ? '' : validationErrorText(translatorFor('en', 'validation'), parsed.error)).toContain(
    'this is the Secret ID',
  )
})

test('the one of several addresses that is wrong is named', () => {
  const text = (typed: string) => {
    const parsed = parseRecipientEmails(typed)
    return parsed.ok ? '' : validationErrorText(translatorFor('de', 'validation'), parsed.error)
  }
  expect(text('anna@fabrikam.example\nnobody')).toMatch(/^„nobody“: /)
  expect(text('nobody')).not.toContain('nobody')
})

test('a file is shown by its name, however long, and without what hides or turns a line', () => {
  expect(shownFileName('Bericht ü 2026.csv')).toBe('Bericht ü 2026.csv')
  expect(shownFileName(`${'😀'.repeat(300)}.csv`)).toBe('😀'.repeat(200))
  for (const character of [...INVISIBLE, '\n', '\u2028', '\ud800'])
    expect(shownFileName(` a${character}${character}b.csv`), JSON.stringify(character)).toBe('a b.csv')
  expect(shownFileName('\u202e')).toBe('–')
})
