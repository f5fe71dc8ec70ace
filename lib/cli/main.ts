import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json'
import { isDiskFull } from '../db/outage'
import { becomeLean } from '../host/lean'
import { type CommandContext, createContext } from './context'
import { loadEnvFile } from './env-file'
import { databaseFaultLine, quieten, UsageFault } from './usage-fault'

interface CommandFile {
  register(program: Command, context: CommandContext): void
}

/** Loaded when called: `start` stays as small as what it needs. */
const COMMANDS: Record<string, () => Promise<CommandFile>> = {
  start: () => import('./start'),
  demo: () => import('./demo'),
  'mail-server': () => import('./mail-server'),
  credentials: () => import('./credentials'),
  operators: () => import('./operators'),
  keys: () => import('./keys'),
  backup: () => import('./backup'),
  restore: () => import('./restore'),
  audit: () => import('./audit'),
  clients: () => import('./clients'),
  networks: () => import('./clients'),
  'api-keys': () => import('./clients'),
  send: () => import('./send'),
}

const called = process.argv.slice(2).find((argument) => !argument.startsWith('-'))
const wanted = called !== undefined && called in COMMANDS ? [called] : Object.keys(COMMANDS)

becomeLean()
const program = new Command('postroom')
  .description('A self-hosted console for an organisation’s outgoing mail')
  .version(packageJson.version)
const { context, close, exitCode } = createContext(program)

async function run(): Promise<number> {
  try {
    loadEnvFile(called)
    const files = new Set(await Promise.all(wanted.map((name) => COMMANDS[name]?.())))
    for (const file of files) file?.register(program, context)
    quieten(program)
    await program.parseAsync()
    return exitCode()
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    const line = thrown instanceof UsageFault ? thrown.message.replaceAll('\n', ' ') : databaseFaultLine(thrown)
    if (line === null) throw thrown
    context.say(`postroom: ${line}`)
    return 2
  } finally {
    await close()
  }
}

const AFTER_LOST_OUTPUT = 'If the command only reads, run it again then; what another one changes is changed'

// After `| head` or on a full disk the command ends in order all the same, and with it a database that was started for it.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    const remedy = isDiskFull(error) ? `. Free space there. ${AFTER_LOST_OUTPUT}` : ''
    if (stream === process.stdout && !process.exitCode)
      context.say(`postroom: the output could not be written: ${error.message}${remedy}`)
    process.exitCode = 1
  })
// At its own exit Node restores the default handling of signals, so one more Ctrl-C would turn an orderly end into a kill.
// `process.exit` keeps our handlers to the end, and nothing is left to write when `beforeExit` is emitted.
process.once('beforeExit', () => process.exit())
const code = await run()
process.exitCode ||= code
