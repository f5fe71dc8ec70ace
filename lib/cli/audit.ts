import type { Command } from 'commander'
import type { AuditVerdict } from '../audit'
import { formatNumber } from '../i18n/locale'
import { type CommandContext, jsonCommand } from './context'
import { UsageFault } from './usage-fault'

export function register(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the log of who did what')
  jsonCommand(audit, 'verify')
    .description(
      'check that no entry of the audit log was changed, removed or added by hand (exit code 1: one was, or it cannot be checked)',
    )
    .option('--end <number:digest...>', 'also check that this entry, from a log line or a backup, is still in the log')
    .action(async ({ end: texts = [] }: { end?: string[] }) => {
      const ends = texts.map(endOf)
      const verdict = await (await context.services()).audit.verify(ends)
      context.document(verdict)
      for (const line of sentences(verdict)) context.print(line)
      context.exit(verdict.intact ? 0 : 1)
    })
}

function endOf(text: string): { sequence: bigint; hash: string } {
  const [, sequence, hash] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence === undefined || hash === undefined)
    throw new UsageFault('--end must be the number of an entry, a colon and the 64 hexadecimal digits of its digest')
  return { sequence: BigInt(sequence), hash }
}

function sentences(verdict: AuditVerdict): string[] {
  const { events, from, to, fault } = verdict
  if (events === 0 && fault === null) return ['The audit log is empty.']
  const checked = from === null || to === null ? '' : `, from ${from} to ${to}`
  if (fault === 'changed')
    return [...result(verdict), ...(from === null ? [] : [`Entries from ${from} to ${to} are unchanged.`])]
  return [
    `Checked ${formatNumber(events, 'en')} ${events === 1 ? 'entry' : 'entries'} of the audit log${checked}.`,
    ...result(verdict),
    ...keySentence(verdict),
    ...anchorSentences(verdict),
  ]
}

function result({ firstBroken, fault }: AuditVerdict): string[] {
  switch (fault) {
    case null:
      return ['No entry was changed, added or removed by hand.']
    case 'changed':
      return [
        `Entry ${firstBroken} does not continue the log: this entry or entries before it were changed, added or removed by hand.`,
        'Find out who can write to the database, and compare the log with a backup from before the change.',
      ]
    case 'key-missing':
      return [
        `Entry ${firstBroken} cannot be checked, because the key that protects it is missing.`,
        'Add that key to the key file again, restart, and run this command again. If the file has another key under its ID, leave that line as it is, and add the missing key on a line below it, under a new ID.',
      ]
    case 'end-missing':
      return [
        `Entry ${firstBroken} is not in the log with the digest that was noted for it: it was removed or replaced by hand, or this is another database, or the database was restored by other means than \`postroom restore\`.`,
        'Find out which of them it was, and compare the log with a backup.',
      ]
  }
}

function keySentence({ keyedFrom }: AuditVerdict): string[] {
  if (keyedFrom === null) return ['No entry is protected by a key yet.']
  if (keyedFrom === 1) return []
  return [`A key protects entry ${keyedFrom} and all later entries, and earlier entries against changes made since.`]
}

/** About the end of the log that the data directory stores. */
function anchorSentences({ anchor }: AuditVerdict): string[] {
  switch (anchor?.state) {
    case undefined:
      return [
        'The data directory does not store the end of the log, so entries removed at the end would not be noticed.',
      ]
    case 'unreadable':
      return [
        'The end of the log in the data directory (audit-anchor.json) was not compared, because the key that protects it is missing.',
      ]
    case 'restored-since':
      return [
        `The end of the log in the data directory (entry ${anchor.sequence} of ${anchor.at}) was not compared, because it is from before a restore.`,
      ]
    case 'matches':
      return [`Entry ${anchor.sequence}, the end of the log in the data directory, is in the log.`]
    case 'missing':
      return [
        `The end of the log in the data directory is entry ${anchor.sequence} of ${anchor.at}. If this is the right database, remove audit-anchor.json there.`,
      ]
  }
}
