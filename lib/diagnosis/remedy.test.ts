import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LOCALES, type Locale } from '../i18n/locale'
import { MESSAGES, translatorFor } from '../i18n/translations'
import { DIAGNOSIS_CODES, type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { commandsFor } from './commands'
import type { RemedyFacts } from './facts'
import { faultTitle } from './fault-title'
import { remedy } from './remedy'
import { isDiagnosisCode } from './search'

const [global, , , china] = BUILT_IN_CLOUDS as [Cloud, Cloud, Cloud, Cloud]
const FACTS: RemedyFacts = {
  cloud: global,
  tenantId: '9b1d8a5e-2c44-4d8e-9c1a-0d6f8f0a1b2c',
  clientId: '5f2c7f40-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  objectId: 'c0ffee00-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  sender: 'noreply@contoso.example',
  recipient: 'someone@litware.example',
  host: 'smtp.office365.com',
  port: 587,
  security: 'starttls',
  username: 'noreply@contoso.example',
  secretExpiresAt: new Date('2026-11-01T00:00:00Z'),
  fields: ['Directory (tenant) ID'],
  roles: ['IMAP.AccessAsApp'],
  audience: 'https://graph.microsoft.com',
}
const NO_CLOUD = /^# (?:There are no commands, because|Es gibt keine Befehle, denn)/
const linesOf = (code: DiagnosisCode, facts: RemedyFacts): string => remedy(code, facts, 'en').commands.join('\n')

describe.each(LOCALES)('%s', (locale: Locale) => {
  test.each(DIAGNOSIS_CODES)(
    '%s has neither a command nor a page for another cloud than that of the settings',
    (code) => {
      const known = remedy(code, FACTS, locale)
      const { commands, portal } = remedy(code, { ...FACTS, cloud: null, host: null, port: null }, locale)
      expect(portal).toBeNull()
      expect(commands.filter((line) => !line.startsWith('# '))).toEqual([])
      expect(commands[0] ?? '').toMatch(known.commands.length > 0 ? NO_CLOUD : /^$/)
    },
  )

  test.each(DIAGNOSIS_CODES)('%s says what happened and what to do, with and without values', (code) => {
    for (const facts of [FACTS, {}]) {
      const { title, cause, steps } = remedy(code, facts, locale)
      expect(title.length).toBeGreaterThan(10)
      expect(title.length).toBeLessThan(60)
      expect(cause.length).toBeGreaterThan(30)
      expect(steps.length).toBeGreaterThan(0)
      for (const text of [title, cause, ...steps]) {
        expect(text).toBe(text.trim())
        expect(text).not.toMatch(/[{}]|\bplease\b|\bbitte\b/i)
      }
    }
    expect([remedy(code, FACTS, locale)].map(({ cause, steps }) => [cause, ...steps].join(' ')).join()).not.toContain(
      '‹',
    )
  })

  test('only a fault that propagation can cause says to wait up to 2 hours after a change, before anything else', () => {
    const advice = MESSAGES[locale].diagnosis.settling
    for (const code of DIAGNOSIS_CODES)
      expect(remedy(code, {}, locale).steps.indexOf(String(advice))).toBe(RETRY_OF[code] === 'settling' ? 0 : -1)
  })
})

test('a rejected recipient may be misspelled, which Exchange Online answers by the same code as a restriction', () => {
  expect(remedy('recipient-refused', FACTS, 'en').steps[0]).toContain('spelling')
})

test('no step at an SMTP server speaks of commands that are not shown', () => {
  const { cloud: _, ...known } = FACTS
  const facts: RemedyFacts = { ...known, host: 'mail.contoso.example', credential: 'smtp-password' }
  const speaks = DIAGNOSIS_CODES.filter((code) => {
    const { steps, commands } = remedy(code, facts, 'en')
    return steps.some((step) => step.includes('commands shown')) && commands.every((line) => line.startsWith('#'))
  })
  expect(speaks).toEqual([])
})

test('no step at an SMTP server has a gap for the host of Exchange Online', () => {
  const { cloud: _, ...known } = FACTS
  for (const host of ['mail.contoso.example', 'contoso-example.mail.protection.outlook.com']) {
    const steps = DIAGNOSIS_CODES.flatMap((code) => remedy(code, { ...known, host }, 'en').steps)
    expect(steps.join()).not.toContain('‹Exchange Online')
    expect(steps).toContain('To send with a mailbox, use smtp.office365.com, port 587. Save and test again.')
  }
})

test('an unknown reply is looked up in the documentation of the service that gave it', () => {
  const lookUp = (host: string) => remedy('unrecognised', { host }, 'en').steps[1]
  expect(lookUp('smtp.office365.com')).toContain('documentation of Exchange Online.')
  expect(lookUp('mail.contoso.example')).toContain('documentation of mail.contoso.example.')
})

test('a mailbox that may not send as its own address is not advised to use that address', () => {
  const textOf = (facts: RemedyFacts) => {
    const { cause, steps } = remedy('send-as-denied', facts, 'en')
    return [cause, ...steps].join(' ')
  }
  expect(textOf(FACTS)).toContain('Get-EXOMailbox -Identity noreply@contoso.example | Format-List PrimarySmtpAddress')
  expect(textOf(FACTS)).not.toContain('The simplest way')
  for (const facts of [{ ...FACTS, username: 'relay@contoso.example' }, {}])
    expect(textOf(facts)).toContain('The simplest way: use the mailbox that signs in')
})

test('the catalogue has exactly the diagnosis codes', () => {
  for (const locale of LOCALES)
    expect(Object.keys(MESSAGES[locale].diagnosis.codes as object).sort()).toEqual([...DIAGNOSIS_CODES].sort())
})

test('the commands for registration, check and permission contain the token’s Object ID', () => {
  expect(remedy('exchange-rejected-token', FACTS, 'en').commands.filter((line) => !line.startsWith('#'))).toEqual([
    'Connect-ExchangeOnline',
    `New-ServicePrincipal -AppId '${FACTS.clientId}' -ObjectId '${FACTS.objectId}' -DisplayName 'Postroom'`,
    `Get-ServicePrincipal | Where-Object { $_.AppId -eq '${FACTS.clientId}' } | Format-List DisplayName,AppId,ObjectId,Sid`,
    `$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq '${FACTS.clientId}' -and $_.ObjectId -eq '${FACTS.objectId}' }`,
    "Add-MailboxPermission -Identity 'noreply@contoso.example' -User $sp.Sid -AccessRights FullAccess",
    "Set-CASMailbox -Identity 'noreply@contoso.example' -SmtpClientAuthenticationDisabled $false",
    "Get-MailboxPermission -Identity 'noreply@contoso.example' | Format-List User,AccessRights,Deny",
  ])
})

test.each(BUILT_IN_CLOUDS.filter(({ exchangeEnvironmentName }) => exchangeEnvironmentName))(
  '$id: commands connect to their own cloud',
  (cloud) => {
    expect(linesOf('smtp-auth-disabled-for-mailbox', { ...FACTS, cloud })).toContain(
      `Connect-ExchangeOnline -ExchangeEnvironmentName '${cloud.exchangeEnvironmentName}'`,
    )
  },
)

test('an unknown value is a marked gap inside its quotes, with the place to find it', () => {
  const lines = linesOf('exchange-rejected-token', { ...FACTS, objectId: null })
  expect(lines).toContain("-ObjectId '‹Object ID of the enterprise application›'")
  expect(lines).toMatch(/^# ‹Object ID of the enterprise application›: Entra admin center → Enterprise apps/m)
})

test('the recorded expiry date is written as in the language of the reader', () => {
  const cause = (locale: Locale) => remedy('secret-expired', { secretExpiresAt: new Date('2026-12-11') }, locale).cause
  expect(cause('en')).toContain('The expiry date recorded here is 11\u00a0December\u00a02026.')
  expect(cause('de')).toContain('Eingetragenes Ablaufdatum: 11.\u00a0Dezember\u00a02026.')
})

test('an Object ID that is not a GUID is a gap', () => {
  const lines = linesOf('exchange-rejected-token', { ...FACTS, objectId: "x'; Remove-Mailbox 'y" })
  expect(lines).not.toContain('Remove-Mailbox')
  expect(lines).toContain('‹Object ID')
})

test('commands for Entra sign in to the tenant of the mail server, where a guest would sign in to the one at home', () => {
  const connects = (facts: RemedyFacts) => linesOf('secret-expired', facts).split('\n')[1]
  expect(connects(FACTS)).toBe(`Connect-MgGraph -Scopes 'Application.ReadWrite.All' -TenantId '${FACTS.tenantId}'`)
  expect(connects({ ...FACTS, tenantId: null })).not.toContain('-TenantId')
})

test('commands for Entra first install the module that they need, if it is missing', () => {
  const texts = DIAGNOSIS_CODES.map((code) => linesOf(code, FACTS)).filter((text) => /-Mg/.test(text))
  for (const text of texts) expect(text.split('Connect-MgGraph')[0]).toContain('Install-Module -Name Microsoft.Graph')
})

test('a mail server that is not Microsoft’s gets no Exchange commands and no Microsoft portal', () => {
  const facts = { host: 'mail.contoso.example', port: 587, sender: 'noreply@contoso.example' }
  for (const code of ['send-as-denied', 'mailbox-full', 'message-too-large', 'relay-denied'] as const)
    expect(remedy(code, facts, 'en')).toMatchObject({ commands: [], portal: null })
  expect(linesOf('mailbox-full', FACTS)).toContain('Get-EXOMailboxStatistics')
})

test('portal links lead to the portal of the cloud, and only to known pages', () => {
  const link = (code: DiagnosisCode, facts: RemedyFacts): string | undefined => remedy(code, facts, 'en').portal?.url
  expect(link('secret-expired', FACTS)).toBe(
    `https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/${FACTS.clientId}`,
  )
  expect(link('secret-expired', { ...FACTS, cloud: china })).toMatch(/^https:\/\/portal\.azure\.cn\/#view/)
  const lab = { ...global, portalUrl: 'https://portal.lab.example' }
  expect(link('secret-expired', { ...FACTS, cloud: lab })).toBe('https://portal.lab.example')
  expect(link('mailbox-full', { ...FACTS, cloud: china })).toBeUndefined()
  expect(link('unrecognised', { ...FACTS, evidence: 'AADSTS500014: x' })).toBe(
    'https://login.microsoftonline.com/error?code=500014',
  )
})

test.each(LOCALES)(
  '%s: at the token stage a connection fault speaks of the cloud’s sign-in host, never of the mail server',
  (locale) => {
    const onTheWay = [
      'name-not-found',
      'connection-refused',
      'connection-timed-out',
      'certificate-name-mismatch',
    ] as const
    for (const code of [...onTheWay, 'tls-expected', 'tls-version-unsupported'] as const) {
      const { cause, steps, commands } = remedy(code, { ...FACTS, stage: 'token' }, locale)
      const text = [cause, ...steps, ...commands].join(' ')
      expect(text).toContain('login.microsoftonline.com')
      expect(text).not.toMatch(/smtp\.office365\.com|587/)
    }
    expect(linesOf('connection-refused', { ...FACTS, stage: 'token' })).toContain("'login.microsoftonline.com' '443'")
  },
)

test('the port of Exchange Online is that of the cloud', () => {
  const lab = { ...global, smtpHost: 'smtp.lab.example', smtpPort: 2525 }
  for (const code of ['connection-refused', 'starttls-not-offered', 'not-an-smtp-server', 'tls-expected'] as const)
    expect(remedy(code, { cloud: lab, host: 'smtp.lab.example', port: 2525 }, 'en').steps.join(' ')).toContain(
      'port 2525',
    )
})

test('a missing password of an SMTP server is not a client secret, and its limits are not those of Exchange Online', () => {
  const facts = { host: 'mail.contoso.example', port: 587, username: 'noreply' }
  for (const locale of LOCALES)
    for (const code of ['secret-missing', 'daily-quota-exceeded', 'our-address-blocked'] as const) {
      const { cause, steps, commands } = remedy(code, facts, locale)
      expect([cause, ...steps, ...commands].join(' ')).not.toMatch(/Microsoft|Exchange|App|Entra|Client/)
    }
})

test('without a route the cause names the kind of address, and a temporary rejection begins with the reply', () => {
  const cause = (code: DiagnosisCode, evidence: string) => remedy(code, { ...FACTS, evidence }, 'en').cause
  expect(cause('network-unreachable', 'ENETUNREACH 2001:db8::1')).toContain('no IPv6 route')
  expect(cause('network-unreachable', 'EHOSTUNREACH 203.0.113.1')).toContain('no IPv4 route')
  expect(cause('temporarily-refused', '451 4.7.1 {Not} today')).toContain('answered “451 4.7.1 {Not} today”')
})

/** A line with every quoted string taken out: what is left is the command itself. */
function skeleton(line: string): string {
  return line.replace(/['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b]/g, '""')
}

test('no value changes the command that contains it', () => {
  const value = fc.string({
    unit: fc.constantFrom(...'\'\u2018\u2019\u201a\u201b"$`();|&#\\ \n\r\u2028a@.-{}<'),
    maxLength: 30,
  })
  const plain = new Map(DIAGNOSIS_CODES.map((code) => [code, powershellOf(code, FACTS)]))
  fc.assert(
    fc.property(value, fc.constantFrom(...DIAGNOSIS_CODES), (text, code) => {
      const facts = { ...FACTS, sender: text, recipient: text, username: text, mailbox: text, tenantId: text }
      expect(powershellOf(code, facts)).toEqual(plain.get(code))
    }),
    { numRuns: 2000 },
  )
})

test('an apostrophe in the address of a mailbox is doubled for Exchange’s filter, and again for PowerShell', () => {
  const lines = commandsFor('scope', { ...FACTS, mailbox: "o'brien@contoso.example" }, 'en')
  expect(lines.join('\n')).toContain("'PrimarySmtpAddress -eq ''o''''brien@contoso.example'''")
})

function powershellOf(code: DiagnosisCode, facts: RemedyFacts): string[] {
  const lines = remedy(code, facts, 'en').commands
  const shell = lines.some((line) => /^(?:nslookup|nc|openssl|curl)/.test(line))
  return shell ? [] : lines.filter((line) => !line.startsWith('# ‹')).map(skeleton)
}

test.each([
  ['federated-token', 'secret-missing', /AZURE_FEDERATED_TOKEN_FILE/],
  ['federated-token', 'secret-unreadable', /file named in the details/],
  ['federated-token', 'assertion-time-invalid', /updates the token file/],
  ['managed-identity', 'secret-missing', /POSTROOM_MANAGED_IDENTITY/],
  ['managed-identity', 'secret-unreadable', /identity service/],
] as const)('with a %s no text asks for a secret: %s', (credential, code, step) => {
  const { title, cause, steps, commands, portal } = remedy(code, { ...FACTS, credential }, 'en')
  expect(steps.join(' ')).toMatch(step)
  expect(`${title} ${cause} ${steps.join(' ')}`).not.toMatch(/\b(?:type|enter|stored|password)\b|client secret/i)
  if (code !== 'assertion-time-invalid') expect({ commands, portal }).toEqual({ commands: [], portal: null })
  expect(remedy(code, { credential }, 'de').cause).not.toBe(remedy(code, {}, 'de').cause)
  expect(remedy('secret-missing', {}, 'en').steps[0]).toMatch(/^Enter the secret again/)
})

test('a failure report without a mailbox leads to who gets such reports, not to the spelling of an address', () => {
  const steps = (isReport: boolean) => remedy('recipient-not-found', { isReport }, 'en').steps[0]
  expect(steps(true)).toContain('“Report failures to”')
  expect(steps(true)).not.toContain('spelling')
  expect(steps(false)).toMatch(/^Check the spelling/)
})

test('what the command prints for a tenant that Entra does not know is explained', () => {
  for (const locale of LOCALES) {
    const { commands, steps } = remedy('tenant-not-found', FACTS, locale)
    expect(commands.join(' ')).toContain('%{http_code}')
    expect(steps[1]).toMatch(/ 200 .+ 400/)
  }
})

test.each(LOCALES)(
  '%s: a stored fault is named by the outbox or by its diagnosis, and one without a name by its code',
  (locale) => {
    const reasons = translatorFor(locale, 'messages').raw('reason') as Record<string, string>
    for (const [reason, title] of Object.entries(reasons)) expect(faultTitle(reason, locale)).toBe(title)
    for (const code of DIAGNOSIS_CODES) expect(faultTitle(code, locale)).toBe(remedy(code, FACTS, locale).title)
    expect(Object.keys(reasons).filter(isDiagnosisCode)).toEqual([])
    for (const other of ['a-newer-code', '__proto__', '']) expect(faultTitle(other, locale)).toBe(other)
  },
)
