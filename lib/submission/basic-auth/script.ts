import { commentLines, microsoftLines, noCloud, powershellString, type RemedyFacts } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'

export const SCRIPT_FILE = 'find-smtp-passwords.ps1'
/** The file that the script writes, for upload here. */
const OUTPUT_FILE = 'smtp-passwords.csv'

/** A PowerShell script that lists mailboxes which may sign in with a password by SMTP. It changes nothing. If nothing is known, it signs in to the global cloud. */
export function migrationScript(t: Translator<'basic-auth'>, { cloud, tenantId }: RemedyFacts): string {
  if (cloud === null) return `${noCloud(t.locale).join('\r\n')}\r\n`
  const sentence = (key = '') => t(`script.${key as KeyUnder<'basic-auth', 'script'>}`, { file: OUTPUT_FILE })
  const lines = microsoftLines('smtp-passwords', cloud, {
    tenantId: tenantId ? () => tenantId : undefined,
    fill: (placeholder, key) => (placeholder === 'OUTPUT_FILE' ? OUTPUT_FILE : powershellString(sentence(key))),
    say: (key) => commentLines(sentence(key)),
  })
  return `${lines.join('\r\n')}\r\n`
}
