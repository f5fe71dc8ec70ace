import { expect, test } from 'vitest'
import { faultsIn, grammar, nodesOf } from '../../../tests/support/grammar'
import { LOCALES } from '../../i18n/locale'
import { translatorFor } from '../../i18n/translations'
import { BUILT_IN_CLOUDS } from '../../kernel/mail-server-settings'
import { readReport } from './report'
import { migrationScript, switchOffCommands } from './script'

/** Cmdlets that change nothing in a tenant. */
const READS =
  /^(Get-|Connect-|Import-Module|Install-Module|Export-Csv|Write-|Where-Object|ForEach-Object|Select-Object)/

test.each(LOCALES)('%s: the script is PowerShell, and every cmdlet in it only reads', async (locale) => {
  const script = migrationScript(translatorFor(locale, 'basic-auth'), {})
  const tree = (await grammar('powershell'))(script)
  expect(faultsIn(tree)).toEqual([])
  const commands = nodesOf(tree, 'command_name').map((node) => node.text)
  expect(commands).toContain('Get-CASMailbox')
  expect(commands.filter((name) => !READS.test(name))).toEqual([])
})

test('the script signs in to the cloud and the tenant of the mail server, and without one to the global cloud', () => {
  const connecting = (facts: Parameters<typeof migrationScript>[1]) =>
    migrationScript(translatorFor('en', 'basic-auth'), facts).match(/Connect-.+/g)
  expect(connecting({})).toEqual(['Connect-ExchangeOnline', "Connect-MgGraph -Scopes 'AuditLog.Read.All' -NoWelcome"])
  const cloud = BUILT_IN_CLOUDS.find(({ id }) => id === 'gcc-high') ?? null
  expect(connecting({ cloud, tenantId: 'contoso.example' })).toEqual([
    "Connect-ExchangeOnline -ExchangeEnvironmentName 'O365USGovGCCHigh'",
    "Connect-MgGraph -Scopes 'AuditLog.Read.All' -Environment USGov -TenantId 'contoso.example' -NoWelcome",
  ])
})

test.each(LOCALES)(
  '%s: what switches SMTP AUTH off is PowerShell, and does so only once the own mailboxes keep it',
  async (locale) => {
    const t = translatorFor(locale, 'basic-auth')
    const mailboxes = ["o'hara@contoso.example", 'noreply@contoso.example']
    const commands = switchOffCommands(t, {}, mailboxes)
    for (const command of Object.values(commands)) expect(faultsIn((await grammar('powershell'))(command))).toEqual([])
    const lines = commands.tenant.split('\n').filter((line) => !line.startsWith('#'))
    expect(lines).toEqual([
      'Disconnect-ExchangeOnline -Confirm:$false',
      'Connect-ExchangeOnline',
      "'o''hara@contoso.example', 'noreply@contoso.example' | ForEach-Object { Set-CASMailbox -Identity $_ -SmtpClientAuthenticationDisabled $false }",
      expect.stringMatching(
        /^if \('o''hara@.+', 'noreply@.+' \| Where-Object { \(Get-CASMailbox -Identity \$_\)\.SmtpClientAuthenticationDisabled -ne \$false }\) { Write-Warning '.+' } else { Set-TransportConfig -SmtpClientAuthenticationDisabled \$true }$/,
      ),
    ])
    expect(switchOffCommands(t, {}, []).tenant).toMatch(
      /^Disconnect-ExchangeOnline -Confirm:\$false\nConnect-ExchangeOnline\n[\s\S]*\nSet-TransportConfig -SmtpClientAuthenticationDisabled \$true$/,
    )
    expect(switchOffCommands(t, {}, []).tenant).not.toContain('CASMailbox')
    expect(switchOffCommands(t, { cloud: null }, mailboxes).tenant).not.toContain('Set-')
  },
)

// Both at once fail in one process: https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394
test('the sign-in log is read in a separate process, and what is not complete is not counted', () => {
  const script = migrationScript(translatorFor('en', 'basic-auth'), {})
  const [, own = ''] = /-NoProfile -Command \{\s+(.+?)\s+\}\)/s.exec(script) ?? []
  expect(own).toMatch(/Connect-MgGraph.+Get-MgAuditLogSignIn.+'complete'$/s)
  expect(own).not.toContain('Connect-ExchangeOnline')
  expect(script).toContain("$counted = $signIns.Count -gt 0 -and $signIns[-1] -eq 'complete'")
})

// Under the default policy of Windows it fails: https://github.com/microsoftgraph/entra-powershell/issues/44
test('the window may run scripts before the module is installed and the script is started', () => {
  const script = migrationScript(translatorFor('en', 'basic-auth'), {})
  expect(script).toMatch(/^# Set-ExecutionPolicy -Scope Process .+\r\n# Install-Module .+\r\n# powershell -File /m)
})

test('the script stops at the first error, however it is started', () => {
  const script = migrationScript(translatorFor('en', 'basic-auth'), {})
  expect(script.split('Import-Module')[0]).toContain(
    "\r\n$ErrorActionPreference = 'Stop'\r\n$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }\r\n",
  )
})

test('a use under a user name that is not the address of a mailbox is not lost', () => {
  const script = migrationScript(translatorFor('en', 'basic-auth'), {})
  const [matched, rest] = [script.indexOf('$uses.Remove($key)'), script.indexOf("Get-Row $name '' $uses[$name]")]
  expect(matched).toBeGreaterThan(0)
  expect(rest).toBeGreaterThan(matched)
  expect(script.indexOf('Export-Csv')).toBeGreaterThan(rest)
})

test('without the cloud of the mail server the script says why it does nothing', () => {
  const lines = migrationScript(translatorFor('en', 'basic-auth'), { cloud: null, tenantId: 't' }).trim().split('\r\n')
  expect(lines[0]).toMatch(/^# There are no commands/)
  expect(lines.filter((line) => !line.startsWith('# '))).toEqual([])
})

test('what the script writes is what a report is read from', async () => {
  const script = migrationScript(translatorFor('en', 'basic-auth'), {})
  const columns = [...script.matchAll(/^ {4}(\w+) = /gm)].map(([, name]) => name)
  const table = [columns, ['a@contoso.example', 'inherits', '3', '2026-11-01', '2026-11-20']]
  expect(await readReport(table.map((line) => line.map((cell) => `"${cell}"`).join(',')).join('\r\n'))).toMatchObject({
    value: {
      kind: 'script',
      senders: [
        {
          address: 'a@contoso.example',
          setting: 'inherits',
          messages: 3,
          lastUse: '2026-11-20',
        },
      ],
    },
  })
})
