import type { Command } from 'commander'

/** Wrong usage or configuration: one line on standard error, exit code 2. */
export class UsageFault extends Error {}

/** Every level throws rather than exits, so that what was opened is closed; a fault is one line that names the help text. */
export function quieten(command: Command, name = command.name()): void {
  command.exitOverride().configureOutput({
    outputError(text, write) {
      const fault = text.replace(/^error: /, '').replace(/\.?\s*$/, '')
      write(`postroom: ${fault.replaceAll('\n', ' ')}; see \`${name} --help\`\n`)
    },
  })
  for (const child of command.commands) quieten(child, `${name} ${child.name()}`)
}
