import type { ScriptWriter } from './script-writer'

/** Sets `$app` to the app registration with the client ID, or without one to the only registration with the name. */
export function findApp(writer: ScriptWriter, whenMissing: readonly string[] = []): string[] {
  return [
    // The filter is built when the script runs, because the name at its top may have been edited. OData doubles a quote in a value.
    `$appFilter = "displayName eq '" + $AppName.Replace("'", "''") + "'"`,
    'if ($ClientId) { $appFilter = "appId eq \'$ClientId\'" }',
    '$apps = @(Get-MgApplication -Filter $appFilter)',
    `if ($apps.Count -gt 1) { throw ${writer.text('entra.severalApps')} }`,
    ...whenMissing,
    '$app = $apps | Select-Object -First 1',
  ]
}
