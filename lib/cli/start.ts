import type { Command } from 'commander'
import type { CommandContext } from './context'
import { runTree } from './run-tree'
import { UsageFault } from './usage-fault'

export function register(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('run database, migrations, console and worker until SIGTERM')
    .action(async () => {
      const { startTree, StartRefused } = await import('../host/start')
      const { DatabaseUnavailable } = await import('../host/database-unavailable')
      try {
        const code = await runTree(
          (halt) => startTree({ variables: process.env, output: null, say: context.say, firstAdmin: null, halt }),
          (tree) => context.say(`Postroom is ready: ${tree.baseUrl.origin}`),
          context.say,
        )
        context.exit(code)
      } catch (thrown) {
        if (thrown instanceof StartRefused) throw new UsageFault(thrown.message)
        if (!(thrown instanceof DatabaseUnavailable)) throw thrown
        context.say(`postroom: ${thrown.message}`)
        context.exit(1)
      }
    })
}
