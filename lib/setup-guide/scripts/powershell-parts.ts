import type { Pen } from './script-writer'

/** `$app`: by its client ID where one is known, else by its name, of which there must be one. */
export function findApp(pen: Pen, whenMissing: readonly string[] = []): string[] {
  return [
    // Built when the script runs, from the name at its top, which may have been edited. OData doubles a quote inside a value.
    `$appFilter = "displayName eq '" + $AppName.Replace("'", "''") + "'"`,
    'if ($ClientId) { $appFilter = "appId eq \'$ClientId\'" }',
    '$apps = @(Get-MgApplication -Filter $appFilter)',
    `if ($apps.Count -gt 1) { throw ${pen.text('entra.severalApps')} }`,
    ...whenMissing,
    '$app = $apps | Select-Object -First 1',
  ]
}
