import type { Command } from 'commander'
import type { AuditVerdict } from '../audit/log'
import type { CommandContext } from './context'

export function register(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the record of who did what')
  audit
    .command('verify')
    .description('check that no row of the record was changed, removed or added by hand (1: one was)')
    .option('--json', 'only the JSON document')
    .action(async ({ json }: { json?: true }) => {
      const verdict = await (await context.wiring()).audit.verify()
      if (!json) context.say(sentence(verdict))
      context.document(verdict)
      context.exit(verdict.intact ? 0 : 1)
    })
}

function sentence({ events, intact, firstBroken }: AuditVerdict): string {
  return intact
    ? `All ${events} rows are as they were written.`
    : `Row ${firstBroken} is not what followed the row before it: it, or rows before it, were changed by hand.`
}
