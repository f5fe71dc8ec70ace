import type { Command } from 'commander'
import type { CommandContext } from './context'
import { runTree } from './run-tree'

export function register(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('run database, migrations, console, worker and listener until SIGTERM')
    .action(async () => {
      const { startTree } = await import('../host/start')
      await runTree(context, (halt) =>
        startTree({ variables: process.env, output: null, say: context.say, firstAdmin: null, halt }),
      )
    })
}
