import path from 'node:path'
import type { Command } from 'commander'
import type { BackupOrigin } from '../db/backup/signature'
import { holderText } from '../db/maintenance/hold-lock'
import { type RestoreRemarks, restoreBackup, rowCount } from '../operations/backup'
import type { RestoreFault } from '../operations/restore'
import { backUpFaultLine } from './backup'
import type { CommandContext } from './context'

interface Options {
  replace?: true
  json?: true
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('restore')
    .argument('<file>', 'a backup of this or an earlier version')
    .option('--replace', 'replace what is there, after a backup of it')
    .option('--json', 'only the JSON document')
    .description('put the content of a backup into the database; console and worker must be stopped')
    .action(async (file: string, { replace, json }: Options) => {
      const services = await context.services({ makeKey: false })
      const { actor, origin } = context
      const { keysFile, baseUrl } = services.environment
      context.say('Checking the file …')
      const restored = await restoreBackup(services, { actor, origin }, path.resolve(file), {
        replace: replace === true,
        onProgress: ({ table, rows }) => {
          if (rows > 0) context.say(`${table}: ${rows} rows`)
        },
      })
      if (!restored.ok) {
        context.exit(1)
        context.say(restoreFaultLine(restored.error))
        if (json) context.document({ error: restored.error })
        return
      }
      const { header, safetyFile, migrated, held, keys, otherBaseUrl, secondFactorsLost, administrators } =
        restored.value
      const remarks = remarkLines(restored.value, keysFile, baseUrl.origin)
      const { createdAt, keyIds } = header
      const rows = rowCount(header)
      for (const line of remarks) context.say(line)
      if (json)
        return context.document({
          ...{ createdAt, rows, migrated, safetyBackup: safetyFile, held },
          ...{ keyIds, keyProblems: keys, otherBaseUrl, secondFactorsLost },
          ...{ origin: restored.value.origin, signedBy: header.signedBy, administrators },
        })
      context.print(`Restored: ${rows} rows as of ${createdAt}.`)
      context.print(originLine(restored.value.origin, header.signedBy))
      if (safetyFile !== null) context.print(`What was there before: ${safetyFile}`)
      if (migrated.length > 0) context.print(`Brought up to this version: ${migrated.join(', ')}`)
      for (const [what, count] of Object.entries(held))
        if (count > 0) context.print(`Held until you decide, since it may have happened since: ${count} ${what}`)
      context.print(
        administrators.length === 0
          ? 'There is no administrator.'
          : `Administrators now: ${administrators.join(', ')}. Check that you know each of them.`,
      )
      context.print('Everybody signs in again.')
    })
}

function originLine(origin: BackupOrigin, signedBy: string | null): string {
  switch (origin) {
    case 'this-deployment':
      return 'The backup was made by this deployment, and nobody has changed it since.'
    case 'key-missing':
      return `Whether the backup was made by this deployment cannot be checked: the key that signed it (${signedBy}) is missing.`
    case 'unsigned':
      return 'Whether the backup was made by this deployment cannot be checked: it is not signed.'
  }
}

function remarkLines(
  { keys, otherBaseUrl, secondFactorsLost }: RestoreRemarks,
  keysFile: string,
  origin: string,
): string[] {
  const lines = keys.map(({ kid, problem }) =>
    problem === 'missing'
      ? `The sealing key ${kid} is not in ${keysFile}: what it sealed does not open until you put it back. Nothing is lost.`
      : `The sealing key ${kid} in ${keysFile} is another one: put the one of the backup's time back. Nothing is lost.`,
  )
  if (otherBaseUrl !== null)
    lines.push(
      `The backup's console answered to ${otherBaseUrl}, this one answers to ${origin}: links in mails and calendar addresses that people have lead to the former. Set POSTROOM_BASE_URL if that is not meant.`,
    )
  if (secondFactorsLost)
    lines.push(
      'Second factors were set up under another session secret, so no code will be right: put its auth-secret file back, or reset each person with `postroom operators reset`.',
    )
  return lines
}

function restoreFaultLine(fault: RestoreFault): string {
  switch (fault.kind) {
    case 'unreadable':
      return `The file cannot be read: ${fault.message}. Nothing was changed.`
    case 'not-a-backup':
      return 'The file is no backup of Postroom. Nothing was changed.'
    case 'newer-format':
    case 'newer':
      return 'The backup was made by a newer version: install that one first. Nothing was changed.'
    case 'foreign':
      return 'The backup comes from a version with another history than this one. Nothing was changed.'
    case 'forged':
      return `The file was changed after it was written: the sealing key ${fault.keyId.split('.')[0]}, which it names, did not sign this content. Nothing was changed.`
    case 'damaged':
      return `The file is damaged: ${fault.message}. Nothing was changed.`
    case 'running':
      return `Stop what runs on this database first: ${fault.who.map(holderText).join(', ')}. Nothing was changed.`
    case 'locked':
      return `The database is being migrated, backed up or restored by ${fault.holders.map(holderText).join(', ')}. Nothing was changed.`
    case 'not-empty':
      return 'There is data already. Replace it with --replace; a backup of it is made first. Nothing was changed.'
    case 'safety':
      return `What is there could not be backed up first. ${backUpFaultLine(fault.fault)} Nothing was changed.`
    case 'database':
      return `The database refused: ${fault.message}. Nothing was changed.`
  }
}
