import type { Script } from '../../lib/setup-guide/scripts/script'

/** What a good run would find. */
export type PrintedValues = Record<'tenantId' | 'clientId' | 'objectId' | 'sender' | 'secret' | 'expires', string>

/** For tests only: what the script prints between its two lines, read from its own text. */
export function printedBlock({ language, text }: Pick<Script, 'language' | 'text'>, found: PrintedValues): string {
  const values: Record<string, string> = {
    '$context.TenantId': found.tenantId,
    '$(connected)': found.tenantId,
    '$connection.TenantID': found.tenantId,
    '$app.AppId': found.clientId,
    $ClientId: found.clientId,
    $CLIENT_ID: found.clientId,
    '$sp.Id': found.objectId,
    $ObjectId: found.objectId,
    $OBJECT_ID: found.objectId,
    $Sender: found.sender,
    $SENDER: found.sender,
    $secretValue: found.secret,
    $secret: found.secret,
    $expires: found.expires,
  }
  const line =
    language === 'bash'
      ? /printf '%s: %s\\n' '([^']+)' (\S+?);? ?(?:fi)?$/gm
      : /Write-Output \('([^']+): ' \+ ([^)]+)\)/g
  const lines = [...text.matchAll(line)].map(([, label, given = '']) => {
    const name = given.replace(/^"(.*)"$/, '$1')
    const value = values[name] ?? /^'(.*)'$/.exec(name)?.[1]
    if (value === undefined) throw new Error(`the script prints ${name}, which no run is known to fill`)
    return `${label}: ${value}`
  })
  if (lines.length === 0) throw new Error('the script prints no block')
  return ['----- Postroom -----', ...lines, '--------------------'].join(language === 'bash' ? '\n' : '\r\n')
}
