import { commentLines, microsoftLines, powershellString } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'
import { BUILT_IN_CLOUDS, type Cloud } from '../../kernel/mail-server-settings'

export const SCRIPT_FILE = 'find-smtp-passwords.ps1'
/** The file that the script writes, for upload here. */
const OUTPUT_FILE = 'smtp-passwords.csv'

/** A PowerShell script that lists mailboxes which may sign in with a password by SMTP. It changes nothing. */
export function migrationScript(t: Translator<'basic-auth'>, cloud: Cloud = BUILT_IN_CLOUDS[0] as Cloud): string {
  const sentence = (key = '') => t(`script.${key as KeyUnder<'basic-auth', 'script'>}`, { file: OUTPUT_FILE })
  const lines = microsoftLines('smtp-passwords', cloud, {
    fill: (placeholder, key) => (placeholder === 'OUTPUT_FILE' ? OUTPUT_FILE : powershellString(sentence(key))),
    say: (key) => commentLines(sentence(key)),
  })
  return `${lines.join('\r\n')}\r\n`
}
