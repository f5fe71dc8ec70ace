import path from 'node:path'
import type { Command } from 'commander'
import { backUpProblem, type OnProgress } from '../db/backup/dump'
import { rowCount } from '../db/backup/header'
import { writeBackup } from '../operations/backup'
import { type CommandContext, jsonCommand, refuse } from './context'

/** A large table says how far it is about once a second. */
const PROGRESS_MS = 1_000

export function register(program: Command, context: CommandContext): void {
  jsonCommand(program, 'backup')
    .argument('<file>', 'where to write it')
    .option('--force', 'replace the file if it exists')
    .description('write the content of the database to one file, without any key, while the console runs')
    .action(async (target: string, { force }: { force?: true }) => {
      const file = path.resolve(target)
      const services = await context.services()
      const onProgress = progressLines(context.say)
      const backedUp = await writeBackup(services, context.caller, file, { force: force === true, onProgress })
      if (!backedUp.ok) {
        const remedy = backedUp.error.kind === 'exists' ? ' Choose another name, or replace it with --force.' : ''
        return refuse(context, `No backup was written: ${backUpProblem(backedUp.error)}.${remedy}`, backedUp.error)
      }
      const { header, bytes } = backedUp.value
      const { createdAt, keyIds, leftOut } = header
      const rows = rowCount(header)
      context.document({ file, bytes, createdAt, rows, keyIds, leftOut })
      context.print(`Backed up: ${rows} rows as of ${createdAt}, ${bytes} bytes in ${file}`)
      context.print(
        keyIds.length === 0
          ? 'It contains no secret.'
          : `Its secrets open with ${keyIds.length === 1 ? 'the sealing key' : 'the sealing keys'} ${keyIds.join(', ')} of ${services.environment.keysFile}, which is not in it: keep that file elsewhere.`,
      )
      context.print(`Left out: ${leftOut.join(', ')} (after a restore everyone signs in again).`)
    })
}

function progressLines(say: (line: string) => void): OnProgress {
  let saidAt = performance.now()
  return ({ table, rows, ofRows }) => {
    if (performance.now() - saidAt < PROGRESS_MS) return
    saidAt = performance.now()
    say(`${table}: ${rows} of ${ofRows} rows`)
  }
}
