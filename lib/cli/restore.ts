import path from 'node:path'
import type { Command } from 'commander'
import { backUpProblem } from '../db/backup/dump'
import { rowCount } from '../db/backup/header'
import type { BackupOrigin } from '../db/backup/signature'
import { holderText } from '../db/maintenance/hold-lock'
import { pick } from '../kernel'
import { oneLine } from '../notifications/notice'
import { type RestoreRemarks, restoreBackup } from '../operations/backup'
import type { RestoreFault } from '../operations/restore'
import { type CommandContext, jsonCommand, refuse } from './context'

/** More would push the question off the screen. The JSON document has all. */
const NAMED_MAX = 50
const namesOf = ({ emails, clients, servers }: Extract<RestoreFault, { kind: 'administrators' }>): string => {
  const names = [...emails, ...clients, ...servers].map(oneLine)
  const more = names.length > NAMED_MAX ? [`and ${names.length - NAMED_MAX} more`] : []
  return [...names.slice(0, NAMED_MAX), ...more].join(', ')
}

const rowsText = (rows: number) => `${rows} ${rows === 1 ? 'row' : 'rows'}`

export function register(program: Command, context: CommandContext): void {
  jsonCommand(program, 'restore')
    .argument('<file>', 'a backup of this or an earlier version')
    .option('--replace', 'replace the content of the database, after a backup of it')
    .option(
      '--accept-administrators',
      'also accounts, clients and mail servers that only an unsigned file, or one signed by a missing key, brings',
    )
    .description('restore a backup into the database; console, worker and listener must be stopped')
    .action(
      async (file: string, { replace, acceptAdministrators }: { replace?: true; acceptAdministrators?: true }) => {
        const services = await context.services({ makeKey: false })
        const { keysFile, baseUrl } = services.environment
        context.say('Checking the file …')
        const restored = await restoreBackup(services, context.caller, path.resolve(file), {
          replace: replace === true,
          acceptAdministrators: acceptAdministrators === true,
          onProgress: ({ table, rows }) => {
            if (rows > 0) context.say(`${table}: ${rowsText(rows)}`)
          },
        })
        if (!restored.ok) return refuse(context, restoreFaultLine(restored.error), restored.error)
        const { header, safetyFile, migrated, held, reportsDropped, keys, administrators } = restored.value
        const remarks = remarkLines(restored.value, keysFile, baseUrl.origin)
        const rows = rowCount(header)
        for (const line of remarks) context.say(line)
        context.document({
          ...pick(header, 'createdAt', 'keyIds', 'signedBy'),
          ...pick(
            restored.value,
            'migrated',
            'held',
            'reportsDropped',
            'otherBaseUrl',
            'secondFactorsLost',
            'origin',
            'administrators',
          ),
          rows,
          safetyBackup: safetyFile,
          keyProblems: keys,
        })
        context.print(`Restored: ${rowsText(rows)} as of ${header.createdAt}.`)
        context.print(originLine(restored.value.origin, header.signedBy))
        if (safetyFile !== null) context.print(`Previous content: ${safetyFile}`)
        if (migrated.length > 0) context.print(`Migrated to this version: ${migrated.join(', ')}`)
        const { messages, rotations } = held
        if (messages > 0)
          context.print(`Messages that may have been sent since, held until you release or cancel them: ${messages}`)
        if (rotations > 0)
          context.print(
            `Replacements of credentials that may have been completed since, held until you choose Continue: ${rotations}`,
          )
        if (reportsDropped > 0)
          context.print(`Failures whose report may have been sent since, so that it is not sent now: ${reportsDropped}`)
        context.print(
          administrators.length === 0
            ? 'There is no administrator.'
            : `Administrators now: ${administrators.join(', ')}. Check that you know each of them.`,
        )
        context.print('All operators have to sign in again.')
        context.print(
          'Mail servers sign in as at that time: test each one, and enter a new credential where it has been replaced since.',
        )
      },
    )
}

function originLine(origin: BackupOrigin, signedBy: string | null): string {
  switch (origin) {
    case 'this-deployment':
      return 'The backup was made by this deployment, and it was not changed afterwards.'
    case 'key-missing':
      return `Whether the backup was made by this deployment cannot be checked: the key that signed it (${signedBy}) is missing.`
    case 'unsigned':
      return 'Whether the backup was made by this deployment cannot be checked: it is not signed.'
  }
}

function remarkLines({ keys, otherBaseUrl, secondFactorsLost }: RestoreRemarks, keysFile: string, origin: string) {
  const lines = keys.map(({ kid, problem }) =>
    problem === 'missing'
      ? `The sealing key ${kid} is not in ${keysFile}: what it sealed does not open until you put it back. Nothing is lost.`
      : `The sealing key ${kid} in ${keysFile} is a different one: restore the key file from the time of the backup. Nothing is lost.`,
  )
  if (otherBaseUrl !== null)
    lines.push(
      `The backup's console answered to ${otherBaseUrl}, this one answers to ${origin}: links in earlier messages and calendar addresses lead to the previous one. Set POSTROOM_BASE_URL if this is wrong.`,
    )
  if (secondFactorsLost)
    lines.push(
      'Second factors were set up under another session secret, so no code will be accepted: restore the auth-secret file, or reset each person with `postroom operators reset`.',
    )
  return lines
}

function restoreFaultLine(fault: RestoreFault): string {
  switch (fault.kind) {
    case 'unreadable':
      return `The file cannot be read: ${fault.message}. Nothing was changed.`
    case 'not-a-backup':
      return 'The file is not a backup of Postroom. Nothing was changed.'
    case 'newer-format':
    case 'newer':
      return 'The backup was made by a newer version: install that one first. Nothing was changed.'
    case 'foreign':
      return 'The backup has another history, or other tables, than any version of Postroom up to this one. Nothing was changed.'
    case 'forged':
      return `The file was changed after it was written: the sealing key ${fault.keyId.split('.')[0]}, which it names, did not sign this content. Nothing was changed.`
    case 'damaged':
      return `The file is damaged: ${fault.message}. Nothing was changed.`
    case 'running':
      return `Stop what runs on this database first: ${fault.who.map(holderText).join(', ')}. Nothing was changed.`
    case 'locked':
      return `The database is being migrated, backed up or restored by ${fault.holders.map(holderText).join(', ')}. Nothing was changed.`
    case 'not-empty':
      return 'The database already contains data. Use --replace to replace it; a backup of it is made first. Nothing was changed.'
    case 'administrators':
      return `It cannot be checked whether the backup was made by this deployment. It has accounts, clients or mail servers that the database does not have, or has with another role, secret, second factor, network, sender or host: ${namesOf(fault)}. If you know each of them, use --accept-administrators. Nothing was changed.`
    case 'safety':
      return `The content of the database could not be backed up first: ${backUpProblem(fault.fault)}. Nothing was changed.`
    case 'database':
      return `The database reported an error: ${fault.message}. Nothing was changed.`
  }
}
