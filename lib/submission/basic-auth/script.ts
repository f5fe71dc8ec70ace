import { commentLines, microsoftLines, noCloud, powershellString, type RemedyFacts } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'
import { recordOf } from '../../kernel'

export const SCRIPT_FILE = 'find-smtp-passwords.ps1'
/** The file that the script writes, for upload here. */
const OUTPUT_FILE = 'smtp-passwords.csv'
/** What starts the script. By default Windows refuses both a module to install and a file that was downloaded and is not signed. */
export const RUN_SCRIPT = [
  'Set-ExecutionPolicy -Scope Process -ExecutionPolicy Bypass -Force',
  'Install-Module -Name Microsoft.Graph.Reports -Scope CurrentUser',
  `powershell -File .\\${SCRIPT_FILE}`,
].join('\n')

/** A PowerShell script that lists mailboxes which may sign in with a password by SMTP. It changes nothing. If nothing is known, it signs in to the global cloud. */
export function migrationScript(t: Translator<'basic-auth'>, { cloud, tenantId }: RemedyFacts): string {
  if (cloud === null) return `${noCloud(t.locale).join('\r\n')}\r\n`
  const sentence = (key = '') =>
    t(`script.${key as KeyUnder<'basic-auth', 'script'>}`, { file: OUTPUT_FILE, commands: RUN_SCRIPT })
  const lines = microsoftLines('smtp-passwords', cloud, {
    tenantId: tenantId ? () => tenantId : undefined,
    fill: (placeholder, key) => (placeholder === 'OUTPUT_FILE' ? OUTPUT_FILE : powershellString(sentence(key))),
    say: (key) => commentLines(sentence(key)),
  })
  return `${lines.join('\r\n')}\r\n`
}

/** In commands, in place of the address of a mailbox. */
const MAILBOX = 'MAILBOX'

/** Commands that switch SMTP AUTH off for the tenant, and off or on for one mailbox. The own mailboxes keep it. */
export function switchOffCommands(t: Translator<'basic-auth'>, { cloud }: RemedyFacts, mailboxes: readonly string[]) {
  const sentence = (key = '') => t(`script.${key as KeyUnder<'basic-auth', 'script'>}`)
  const write = (name: 'tenant' | 'off' | 'on') => {
    if (cloud === null) return noCloud(t.locale).join('\n')
    const lines = microsoftLines(`smtp-auth-${name}`, cloud, {
      conditions: { mailboxes: mailboxes.length > 0 },
      fill: (placeholder, key) => {
        if (placeholder === 'text') return powershellString(sentence(key))
        return placeholder === 'mailboxes' ? mailboxes.map(powershellString).join(', ') : powershellString(MAILBOX)
      },
      say: (key) => commentLines(sentence(key)),
    })
    return lines.join('\n')
  }
  return recordOf(['tenant', 'off', 'on'], write)
}
