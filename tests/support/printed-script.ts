import type { Script } from '../../lib/setup-guide/scripts/script'

/** The values of a successful run. */
export type PrintedValues = Record<'tenantId' | 'clientId' | 'objectId' | 'sender' | 'secret' | 'expires', string>

/** For tests only: the block that the script prints, derived from its source. */
export function printedBlock({ language, text }: Pick<Script, 'language' | 'text'>, run: PrintedValues): string {
  const values: Record<string, string> = {
    '$context.TenantId': run.tenantId,
    '$(connected)': run.tenantId,
    '$connection.TenantID': run.tenantId,
    '$app.AppId': run.clientId,
    $ClientId: run.clientId,
    $CLIENT_ID: run.clientId,
    '$sp.Id': run.objectId,
    $ObjectId: run.objectId,
    $OBJECT_ID: run.objectId,
    $Sender: run.sender,
    $SENDER: run.sender,
    $secretValue: run.secret,
    $secret: run.secret,
    $expires: run.expires,
  }
  const line =
    language === 'bash'
      ? /printf '%s: %s\\n' '([^']+)' (\S+?);? ?(?:fi)?$/gm
      : /Write-Output \('([^']+): ' \+ ([^)]+)\)/g
  const lines = [...text.matchAll(line)].map(([, label, expression = '']) => {
    const name = expression.replace(/^"(.*)"$/, '$1')
    const value = values[name] ?? /^'(.*)'$/.exec(name)?.[1]
    if (value === undefined) throw new Error(`the script prints ${name}, for which the test has no value`)
    return `${label}: ${value}`
  })
  if (lines.length === 0) throw new Error('the script prints no block')
  return ['----- Postroom -----', ...lines, '--------------------'].join(language === 'bash' ? '\n' : '\r\n')
}
