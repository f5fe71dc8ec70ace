import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Node } from '@vscode/tree-sitter-wasm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { faultsIn, grammar, HOSTILE, nodesOf, unquotePowershell } from '../../../tests/support/grammar'
import { type PrintedValues, printedBlock } from '../../../tests/support/printed-script'
import { isQuotable, odataEquals } from '../../diagnosis'
import { LOCALES } from '../../i18n/locale'
import { translatorFor } from '../../i18n/translations'
import { BUILT_IN_CLOUDS, type Cloud } from '../../kernel/mail-server-settings'
import { readBlock } from '../../mail-server/paste'
import { GUIDE_CREDENTIALS, type GuideValues, PATHS, TOOLS } from '../choices'
import { asFile, SCRIPT_KINDS, type Script, type ScriptInput, type ScriptKind, scriptFor } from './script'

const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const OBJECT = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
const [GLOBAL] = BUILT_IN_CLOUDS as [Cloud]

const VALUES: GuideValues = {
  cloud: GLOBAL,
  tenantId: TENANT,
  clientId: CLIENT,
  objectId: OBJECT,
  sender: 'noreply@contoso.example',
  appName: 'Postroom',
}

const inputOf = (
  change: Partial<Omit<ScriptInput, 'values' | 'words'>> = {},
  values: Partial<GuideValues> = {},
): ScriptInput => ({
  path: 'mailbox',
  credential: 'secret',
  tool: 'powershell',
  consoleUrl: 'https://console.contoso.example/mail-server',
  t: translatorFor('en', 'set-up'),
  ...change,
  values: { ...VALUES, ...values },
})

/** Every script there is: both tools, paths, proofs and languages. */
const EVERY = LOCALES.flatMap((locale) =>
  TOOLS.flatMap((tool) =>
    PATHS.flatMap((path) =>
      GUIDE_CREDENTIALS.flatMap((credential) =>
        SCRIPT_KINDS.map((kind) => ({
          name: `${kind} ${tool} ${path} ${credential} ${locale}`,
          script: scriptFor(kind, { ...inputOf({ tool, path, credential }), t: translatorFor(locale, 'set-up') }),
        })),
      ),
    ),
  ),
)

type Parse = Awaited<ReturnType<typeof grammar>>
let parse: Record<Script['language'], Parse>
beforeAll(async () => {
  parse = { powershell: await grammar('powershell'), bash: await grammar('bash') }
})

const unquoteShell = (text: string): string | null =>
  /^(?:'[^']*'|\\')+$/.test(text)
    ? text.replace(/'([^']*)'|\\'/g, (all, inside?: string) => (all === "\\'" ? "'" : (inside ?? '')))
    : null

/** The values assigned at the top of the script, from the parse tree. Null where the value is not a single literal. */
function assigned({ language, text }: Script): Record<string, string | null> {
  const tree = parse[language](text)
  const values: Record<string, string | null> = {}
  for (const node of nodesOf(tree, language === 'bash' ? 'variable_assignment' : 'assignment_expression')) {
    if (language === 'bash') {
      const value = node.childForFieldName('value')
      const plain = value?.type === 'raw_string' || value?.type === 'concatenation'
      values[node.childForFieldName('name')?.text ?? ''] ??= value && plain ? unquoteShell(value.text) : null
      continue
    }
    const value = node.childForFieldName('value')
    const literals = value?.descendantsOfType('verbatim_string_characters') ?? []
    const whole = literals.length === 1 && literals[0]?.text === value?.text
    values[node.child(0)?.text ?? ''] ??= whole && value ? unquotePowershell(value.text) : null
  }
  return values
}

test('the grammar understands every script', () => {
  const scripts = new Map(EVERY.map((each) => [each.script.text, each]))
  for (const { name, script } of scripts.values())
    expect(faultsIn(parse[script.language](script.text)), name).toEqual([])
})

test.each(BUILT_IN_CLOUDS.map((cloud) => [cloud.id, cloud] as const))(
  'the grammar understands the scripts for %s',
  (_, cloud) => {
    for (const tool of TOOLS)
      for (const kind of SCRIPT_KINDS) {
        const script = scriptFor(
          kind,
          inputOf({ tool }, { cloud, tenantId: 'contoso.onmicrosoft.com', objectId: null, clientId: null }),
        )
        expect(faultsIn(parse[script.language](script.text))).toEqual([])
      }
  },
)

const WHERE: Record<Script['language'], Record<'appName' | 'sender', string>> = {
  powershell: { appName: '$AppName', sender: '$Sender' },
  bash: { appName: 'APP_NAME', sender: 'SENDER' },
}

function holdsWhole(kind: ScriptKind, tool: 'powershell' | 'az', name: string, address = name): void {
  const script = scriptFor(kind, inputOf({ tool }, { appName: name, sender: address }))
  const tree = parse[script.language](script.text)
  expect(faultsIn(tree)).toEqual([])
  const values = assigned(script)
  const { appName, sender } = WHERE[script.language]
  if (appName in values) expect(values[appName]).toBe(name)
  if (sender in values) expect(values[sender]).toBe(address)
  // A hostile value adds no command.
  expect(nodesOf(tree, 'command').length).toBe(harmlessCommands(kind, tool))
  tree.delete()
}

const counted = new Map<string, number>()
function harmlessCommands(kind: ScriptKind, tool: 'powershell' | 'az'): number {
  const known = counted.get(`${kind} ${tool}`)
  if (known !== undefined) return known
  const { language, text } = scriptFor(kind, inputOf({ tool }, { appName: 'x', sender: 'x' }))
  const count = nodesOf(parse[language](text), 'command').length
  counted.set(`${kind} ${tool}`, count)
  return count
}

const SCRIPTS = SCRIPT_KINDS.flatMap((kind) => TOOLS.map((tool) => [kind, tool] as const)).filter(
  ([kind, tool]) => tool === 'powershell' || kind.endsWith('entra'),
)

describe.each(SCRIPTS.filter(([kind]) => !kind.startsWith('undo')))('the %s script in %s', (kind, tool) => {
  test('contains each hostile value as one literal, as the name and as the sender', () => {
    const half = Math.ceil(HOSTILE.length / 2)
    for (const [index, name] of HOSTILE.slice(0, half).entries()) {
      const other = HOSTILE[half + index] ?? name
      holdsWhole(kind, tool, name, other)
    }
  })
})

/** What a PowerShell expression of literals, `+` and `.Replace` evaluates to with these variables. */
function evaluated(node: Node, variables: Record<string, string>): string {
  const children = node.children.filter((child) => child !== null)
  const invocation = children.find(({ type }) => type === 'argument_list')
  const [first] = children
  switch (node.type) {
    case 'variable':
      return variables[node.text] ?? fail(node)
    case 'verbatim_string_characters':
      return unquotePowershell(node.text) ?? fail(node)
    case 'expandable_string_literal':
      return /^"([^"$`]*)"$/.exec(node.text)?.[1] ?? fail(node)
    case 'additive_expression':
      return children
        .filter(({ text }) => text !== '+')
        .map((child) => evaluated(child, variables))
        .join('')
    case 'invokation_expression': {
      const [from = '', to = ''] = (invocation?.descendantsOfType('expandable_string_literal') ?? []).map((literal) =>
        literal ? evaluated(literal, variables) : '',
      )
      return first && children.some(({ text }) => text === 'Replace')
        ? evaluated(first, variables).replaceAll(from, to)
        : fail(node)
    }
    default:
      return first && children.length === 1 ? evaluated(first, variables) : fail(node)
  }
}
const fail = ({ type, text }: Node): never => {
  throw new Error(`no evaluation of ${type}: ${text}`)
}

test('a PowerShell script searches for the name at its top, also after that was edited', () => {
  for (const kind of ['entra', 'undo-entra'] as const) {
    const { text } = scriptFor(kind, inputOf({}, { clientId: null }))
    expect(text.match(/displayName eq/g)).toHaveLength(1)
    const [filter] = nodesOf(parse.powershell(text), 'assignment_expression').filter((node) =>
      node.text.startsWith('$appFilter = '),
    )
    const value = filter?.childForFieldName('value')
    if (!value) throw new Error('the script builds no filter')
    for (const name of HOSTILE) expect(evaluated(value, { $AppName: name })).toBe(odataEquals('displayName', name))
  }
})

// Seen with PowerShell 7.0.13: started as `.\\file.ps1`, a script went on after a cmdlet of a module was rejected, and printed its block.
test('a PowerShell script stops at the first error, however it is started', () => {
  for (const { name, script } of EVERY.filter((each) => each.script.language === 'powershell')) {
    const [before = ''] = script.text.split('Import-Module')
    expect(before, name).toContain(
      "\n$ErrorActionPreference = 'Stop'\n$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }\n",
    )
  }
})

test('the scope of an address with an apostrophe is recognised by the script that made it', () => {
  const { text } = scriptFor('exchange', inputOf({ path: 'rbac' }))
  const quoted = `$Sender.Replace("'", "''")`
  expect(text).toContain(`$filter = "PrimarySmtpAddress -eq '" + ${quoted} + "'"`)
  expect(text).toContain(`WildcardPattern]::Escape(${quoted})`)
})

test('the undo script for Exchange removes by Sid and finds a permission by Sid or Object ID, never by display name', () => {
  const { text } = scriptFor('undo-exchange', inputOf())
  const commands = nodesOf(parse.powershell(text), 'command').map((command) => command.text)
  const removals = commands.filter((command) => command.startsWith('Remove-MailboxPermission'))
  expect(removals.length).toBeGreaterThan(0)
  for (const removal of removals) expect(removal).toContain('-User $sp.Sid ')
  expect(text).toContain('$ids = @($sp.Sid, $sp.ObjectId)')
  for (const kind of ['exchange', 'undo-exchange'] as const)
    expect(scriptFor(kind, inputOf()).text).not.toMatch(/\$sp\.(?:DisplayName|Identity)/)
})

test('an undo script checks again after its last change, and reports success only after that', () => {
  for (const kind of ['undo-entra', 'undo-exchange'] as const) {
    const { text } = scriptFor(kind, inputOf())
    const commands = nodesOf(parse.powershell(text), 'command').map((command) => command.text)
    const lastChange = commands.findLastIndex((command) => CHANGES.test(command))
    const after = commands.slice(lastChange + 1)
    expect(after.filter((command) => command.startsWith('Get-')).length).toBeGreaterThanOrEqual(2)
    expect(text.trimEnd().split('\n').slice(-3, -1).join('\n')).toMatch(
      /Write-Warning \$remain \}\n.*Count -gt 0\) \{ throw /,
    )
    expect(after.at(-1)).toMatch(/^Write-Host 'Done/)
  }
})

const character = fc.constantFrom(...`'‘’‚‛"“”„$\`(){};|&#\\ aé😀%@!<>~*?[]=-\u05d0`)
test('no value escapes its literal, in any script', () => {
  const value = fc
    .string({ unit: character, minLength: 1, maxLength: 24 })
    .filter((text) => isQuotable(text) && text.trim() !== '')
  fc.assert(
    fc.property(value, fc.constantFrom(...SCRIPTS), (text, [kind, tool]) => holdsWhole(kind, tool, text)),
    { numRuns: process.env.SOAK ? 600 : 20 },
  )
})

test('every literal of a PowerShell script ends where PowerShell ends it, also with typographic quotes', () => {
  for (const locale of LOCALES)
    for (const kind of SCRIPT_KINDS) {
      const { text } = scriptFor(kind, { ...inputOf({}, { appName: '‘a’ ‚b‛' }), t: translatorFor(locale, 'set-up') })
      for (const literal of nodesOf(parse.powershell(text), 'verbatim_string_characters'))
        expect(unquotePowershell(literal.text), literal.text).not.toBeNull()
    }
})

test.each(['a\nb', 'a\r\nb', 'a\0b', 'a\u0085b', 'a\u2028b', 'a\u202eb', 'a\u200bb', '\ud800'])(
  'a value with %j is replaced with a gap',
  (value) => {
    for (const [kind, tool] of SCRIPTS) {
      const { text } = scriptFor(kind, inputOf({ tool }, { sender: value, tenantId: value }))
      expect(text).not.toContain(value)
      expect(text).toContain('‹Directory (tenant) ID›')
    }
  },
)

/** Everything that would change something at Microsoft. */
const CHANGES = /^(?:New-(?!Object)|Add-|Set-|Update-|Remove-)/
test('each change in a PowerShell script depends on a check: it is in an if, or in a loop over a query', () => {
  const bare = EVERY.filter(({ script }) => script.language === 'powershell').flatMap(({ name, script }) =>
    nodesOf(parse.powershell(script.text), 'command')
      .filter((command) => CHANGES.test(command.text))
      .filter((command) => {
        for (let at = command.parent; at; at = at.parent)
          if (at.type === 'if_statement' || at.type === 'foreach_statement') return false
        return true
      })
      .map((command) => `${name}: ${command.text}`),
  )
  expect(bare).toEqual([])
  expect(EVERY.some(({ script }) => script.text.includes('New-ServicePrincipal -AppId'))).toBe(true)
})

test('a script with a gap stops before it does anything', () => {
  for (const [kind, tool] of SCRIPTS) {
    const { text, language } = scriptFor(kind, inputOf({ tool }, { tenantId: null, objectId: null }))
    const stops = text.search(language === 'bash' ? /\*'‹'\*\) die/ : /Contains\('‹'\)\) \{ throw/)
    expect(stops).toBeGreaterThan(0)
    expect(stops).toBeLessThan(text.search(/\b(?:Connect-|Install-Module|Import-Module|az cloud)/))
  }
})

const PRINTED: PrintedValues = {
  tenantId: TENANT,
  clientId: CLIENT,
  objectId: OBJECT,
  sender: 'noreply@contoso.example',
  secret: 'Xy8Q~canary-Client-Secret.0123456789',
  expires: '2027-11-24',
}

test.each(TOOLS)('the Mail server page reads what the Entra script in %s prints', (tool) => {
  expect(readBlock(printedBlock(scriptFor('entra', inputOf({ tool })), PRINTED))).toEqual({
    cloud: 'global',
    tenantId: TENANT,
    clientId: CLIENT,
    objectId: OBJECT,
    senderAddress: 'noreply@contoso.example',
    clientSecret: 'Xy8Q~canary-Client-Secret.0123456789',
    secretExpiresAt: '2027-11-24',
  })
})

test('the Mail server page reads what the Exchange script prints', () => {
  expect(readBlock(printedBlock(scriptFor('exchange', inputOf()), PRINTED))).toEqual({
    cloud: 'global',
    tenantId: TENANT,
    clientId: CLIENT,
    objectId: OBJECT,
    senderAddress: 'noreply@contoso.example',
  })
})

test('with RBAC for Applications nothing is granted in Entra or on the mailbox', () => {
  for (const tool of TOOLS) {
    const { text } = scriptFor('entra', inputOf({ tool, path: 'rbac' }))
    expect(text).not.toMatch(/New-MgServicePrincipalAppRoleAssignment|permission add|--method post/)
  }
  const { text } = scriptFor('exchange', inputOf({ path: 'rbac' }))
  expect(text).not.toContain('Add-MailboxPermission')
  expect(text).toContain(
    "New-ManagementRoleAssignment -Name $RbacName -Role 'Application SMTP.SendAsApp' -App $ObjectId",
  )
  // Named by its application: a second console in the tenant must not move this one's scope to its own mailbox.
  for (const kind of ['exchange', 'undo-exchange'] as const) {
    const own = scriptFor(kind, inputOf({ path: 'rbac' })).text
    expect(own).toContain("$RbacName = 'Postroom ' + $ClientId")
    expect(own).not.toMatch(/(?:-Name|-eq|-Identity|-CustomResourceScope) 'Postroom/)
  }
})

test('scripts name the national cloud for each module, and do not use az where it has no Graph', () => {
  const textFor = (id: string, kind: ScriptKind, tool: 'powershell' | 'az' = 'powershell'): string => {
    const cloud = BUILT_IN_CLOUDS.find((each) => each.id === id)
    return scriptFor(kind, inputOf({ tool }, cloud ? { cloud } : {})).text
  }
  expect(textFor('gcc-high', 'exchange')).toContain("-ExchangeEnvironmentName 'O365USGovGCCHigh'")
  expect(textFor('china', 'entra')).toContain(
    "-Environment China -ClientId '‹Graph PowerShell: client ID›' -TenantId $TenantId",
  )
  expect(textFor('gcc-high', 'entra')).not.toMatch(/Connect-MgGraph .*-ClientId/)
  expect(textFor('gcc-high', 'entra', 'az')).toContain("AZ_CLOUD='AzureUSGovernment'")
  expect(textFor('china', 'entra', 'az')).toContain("GRAPH='https://microsoftgraph.chinacloudapi.cn'")
  expect(textFor('dod', 'entra', 'az')).toContain('Connect-MgGraph')
  expect(textFor('global', 'exchange')).not.toContain('-ExchangeEnvironmentName')
})

const SHELLCHECK = '/usr/bin/shellcheck'
test.skipIf(!existsSync(SHELLCHECK))(
  'shellcheck finds nothing in any shell script',
  () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-shellcheck-'))
    try {
      const texts = new Set(EVERY.flatMap(({ script }) => (script.language === 'bash' ? [script.text] : [])))
      const files = [...texts].map((text, at) => {
        const file = path.join(folder, `${at}.sh`)
        writeFileSync(file, text)
        return file
      })
      expect(files.length).toBeGreaterThan(8)
      const { status, stdout } = spawnSync(SHELLCHECK, ['--norc', ...files], { encoding: 'utf8' })
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  30_000,
)

test('the mistakes of the original guide are not repeated', () => {
  const all = EVERY.map(({ script }) => script.text).join('\n')
  expect(all).not.toMatch(/-Organisation|\| *fland|-ServiceId|rejectUnauthorized/)
  expect(all).not.toMatch(/credential reset(?!.*--append)/) // without it every other secret would go
})

test('PowerShell files have a byte order mark and CRLF, shell files have neither', () => {
  const powershell = asFile(scriptFor('exchange', { ...inputOf(), t: translatorFor('de', 'set-up') }))
  expect(powershell.startsWith('\ufeff# Postroom')).toBe(true)
  expect(powershell.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(powershell).toMatch(/ü/)
  const shell = asFile(scriptFor('entra', inputOf({ tool: 'az' })))
  expect(shell.startsWith('#!/usr/bin/env bash\n')).toBe(true)
  expect(shell).not.toContain('\r')
})
