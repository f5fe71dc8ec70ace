import { randomUUID } from 'node:crypto'
import os from 'node:os'
import type { Command } from 'commander'
import type { Caller } from '../kernel'
import { printable } from '../net/scrub'
import type { Services } from '../services'

/** 0: done. 1: done, and the answer is no. 2: wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2

interface Streams {
  out(text: string): void
  err(text: string): void
}

const standard: Streams = { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) }

/** What every command gets. Only `document`, with `--json`, and `print`, without it, write on standard output. */
export type CommandContext = ReturnType<typeof createContext>['context']

/** For the commands of `program`, whose `--json` it reads. `close` ends what the command opened, in reverse order. */
export function createContext(program: Command, streams = standard) {
  /** Who sits at this shell. */
  const caller: Caller = {
    actor: { kind: 'command-line', user: shellUser() },
    origin: { address: null, requestId: randomUUID() },
  }
  let exitCode: ExitCode = 0
  let opened: { services: Services; close(): Promise<void> } | null = null
  const context = {
    isJson: false,
    /**
     * The whole answer as one JSON document, called once. Nothing without `--json`. The escapes of `printable` are JSON's too, which leaves
     * U+0080 to U+009F as they are.
     */
    document(answer: unknown): void {
      if (context.isJson) streams.out(`${printable(JSON.stringify(answer))}\n`)
    },
    /**
     * One line of the answer for people. Nothing with `--json`. A terminal would obey control characters, by which a name in a backup
     * could hide itself from who restores it.
     */
    print(line = ''): void {
      if (!context.isJson) streams.out(`${printable(line)}\n`)
    },
    /** Progress and remarks, on standard error. */
    say: (lines: string): void => streams.err(`${lines.split('\n').map(printable).join('\n')}\n`),
    /** The command's answer; 0 unless said. */
    exit(code: ExitCode): void {
      exitCode = code
    },
    /**
     * The services, on the running embedded database or on one that is started for this command. Throws `UsageFault`. The first sealing key is
     * made where there is none, unless `makeKey` is false.
     */
    async services(options: { makeKey?: boolean } = {}): Promise<Services> {
      const { openServices } = await import('./open-services')
      opened ??= await openServices(context.say, options)
      return opened.services
    },
    caller,
  }
  program.hook('preAction', (_, command) => {
    context.isJson = command.opts().json === true
  })
  return { context, close: async () => opened?.close(), exitCode: () => exitCode }
}

/** A command that can answer by one JSON document. */
export const jsonCommand = (parent: Command, name: string): Command =>
  parent.command(name).option('--json', 'print one JSON document and nothing else')

export const collect = (value: string, before: string[] = []): string[] => [...before, value]

/** Ends a command whose answer is no: with the reason in words, which is in the document too. */
export function refuse(context: CommandContext, reason: string, error: unknown): void {
  context.exit(1)
  context.say(reason)
  context.document({ error, reason })
}

/** As `refuse`, with what is wrong with each option or setting. */
export function refuseFields(context: CommandContext, errors: Record<string, string>): void {
  context.exit(1)
  context.document({ errors })
  for (const [name, error] of Object.entries(errors)) context.say(`${name}: ${error}`)
}

/** Behind `sudo` the person, not root. */
function shellUser(): string {
  const { SUDO_USER } = process.env
  if (SUDO_USER) return SUDO_USER
  try {
    return os.userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}` // containers run as numbers without a name
  }
}
