import type { Command } from 'commander'
import type { AuditVerdict } from '../audit/log'
import type { CommandContext } from './context'
import { UsageFault } from './usage-fault'

type End = { sequence: bigint; hash: string }

export function register(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the log of who did what')
  audit
    .command('verify')
    .description(
      'check that no row of the audit log was changed, removed or added by hand (1: one was, or it cannot be checked)',
    )
    .option('--end <row:hash...>', 'also check that this row, from a log line or a backup, is still there')
    .option('--json', 'only the JSON document')
    .action(async ({ end: texts = [], json }: { end?: string[]; json?: true }) => {
      const ends = texts.map(endOf)
      const verdict = await (await context.services()).audit.verify(ends)
      if (!json) for (const line of sentences(verdict)) context.say(line)
      context.document(verdict)
      context.exit(verdict.intact ? 0 : 1)
    })
}

function endOf(text: string): End {
  const [, sequence, hash] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence === undefined || hash === undefined)
    throw new UsageFault('--end must be a row number, a colon and the 64 hexadecimal digits of its hash')
  return { sequence: BigInt(sequence), hash }
}

function sentences(verdict: AuditVerdict): string[] {
  if (verdict.fault === 'changed') return [firstSentence(verdict)]
  return [firstSentence(verdict), ...keySentence(verdict), anchorSentence(verdict)]
}

function firstSentence({ events, firstBroken, fault }: AuditVerdict): string {
  switch (fault) {
    case null:
      return `All ${events} rows are as they were written.`
    case 'changed':
      return `Row ${firstBroken} does not continue the record: it, or rows before it, were changed, added or removed by hand.`
    case 'key-missing':
      return `Row ${firstBroken} cannot be checked: the key that it was written under is not here. Put the key file of that time back.`
    case 'end-missing':
      return `The record has lost its end: row ${firstBroken} is missing or is another one. Either rows were removed by hand, or this is another database, or it was restored by other means than \`postroom restore\`.`
  }
}

function keySentence({ keyedFrom }: AuditVerdict): string[] {
  if (keyedFrom === null) return ['No row is protected by a key yet.']
  if (keyedFrom === 1) return []
  return [`A key protects row ${keyedFrom} and all later rows, and the rows before it against changes made since.`]
}

function anchorSentence({ anchor }: AuditVerdict): string {
  switch (anchor?.state) {
    case undefined:
      return 'The data directory keeps no end of the record, so rows removed at the end would not be noticed.'
    case 'unreadable':
      return 'The end of the record in the data directory (audit-anchor.json) was written under a key that is not here, so it is not compared.'
    case 'restored-since':
      return `The end of the record in the data directory is from before a restore (row ${anchor.sequence}, ${anchor.at}), so it is not compared.`
    case 'matches':
      return `Row ${anchor.sequence}, the end that the data directory keeps, is in the record.`
    case 'missing':
      return `The data directory keeps row ${anchor.sequence} of ${anchor.at} as the end. If this record is the right one, remove audit-anchor.json there.`
  }
}
