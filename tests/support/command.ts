import { Command } from 'commander'
import { type CommandContext, createContext } from '../../lib/cli/context'
import type { Services } from '../../lib/services'

/** Runs one command of the command line with these services, and returns what it answered. */
export async function runCommand(
  register: (program: Command, context: CommandContext) => void,
  services: object,
  args: readonly string[],
): Promise<{ out: unknown[]; err: string[]; code: number }> {
  const [out, err]: [unknown[], string[]] = [[], []]
  const program = new Command()
  const { context, exitCode } = createContext(program, {
    out: (text) => out.push(context.isJson ? JSON.parse(text) : text.slice(0, -1)),
    err: (text) => err.push(text.slice(0, -1)),
  })
  Object.assign(context, {
    services: async () => services as Services,
    caller: { actor: { kind: 'command-line', user: 'root' }, origin: { address: null, requestId: 'req-1' } },
  } satisfies Partial<CommandContext>)
  register(program, context)
  await program.parseAsync(args, { from: 'user' })
  return { out, err, code: exitCode() }
}
