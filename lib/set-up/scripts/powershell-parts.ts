import { odataEquals, powershellString } from '../../diagnosis'
import { isGuid } from '../../kernel/entra-identity'
import { type Pen, plain } from './pen'

/** The wrong tenant is the mistake that costs most, so every script looks before it does anything. A domain is no id to compare. */
export function tenantCheck(pen: Pen, connected: string): string[] {
  if (!isGuid(plain(pen.input, 'tenantId'))) return []
  return [`if (${connected} -ne $TenantId) { throw ${pen.text('wrongTenant')} }`]
}

/** `$app`: by its client ID where one is known, else by its name, of which there must be one. */
export function findApp(pen: Pen): string[] {
  const byName = powershellString(odataEquals('displayName', plain(pen.input, 'appName')))
  return [
    `$appFilter = ${byName}`,
    'if ($ClientId) { $appFilter = "appId eq \'$ClientId\'" }',
    '$apps = @(Get-MgApplication -Filter $appFilter)',
    `if ($apps.Count -gt 1) { throw ${pen.text('entra.severalApps')} }`,
    `if ($ClientId -and $apps.Count -eq 0) { throw ${pen.text('entra.noSuchApp')} }`,
    '$app = $apps | Select-Object -First 1',
  ]
}
