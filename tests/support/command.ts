import { Command } from 'commander'
import type { CommandContext } from '../../lib/cli/context'
import type { Services } from '../../lib/services'

/** Runs one command of the command line with these services, and returns what it answered. */
export async function runCommand(
  register: (program: Command, context: CommandContext) => void,
  services: object,
  args: readonly string[],
): Promise<{ out: unknown[]; err: string[]; code: number }> {
  const captured = { out: [] as unknown[], err: [] as string[], code: 0 }
  const context: CommandContext = {
    isJson: false,
    document(answer) {
      if (context.isJson) captured.out.push(answer)
    },
    print(line = '') {
      if (!context.isJson) captured.out.push(line)
    },
    say: (line) => captured.err.push(line),
    exit: (code) => {
      captured.code = code
    },
    services: async () => services as Services,
    caller: { actor: { kind: 'command-line', user: 'root' }, origin: { address: null, requestId: 'req-1' } },
    ask: async () => '',
  }
  const program = new Command()
  register(program, context)
  program.hook('preAction', (_, command) => {
    context.isJson = command.opts().json === true
  })
  await program.parseAsync(args, { from: 'user' })
  return captured
}
