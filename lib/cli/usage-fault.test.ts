import { Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { ROLES } from '../kernel/actor'
import { createContext } from './context'
import { register } from './operators'
import { quieten } from './usage-fault'

test.each([
  ['nonsense', "unknown command 'nonsense'; see `postroom --help`"],
  ['operators list --jsonn', "unknown option '--jsonn' (Did you mean --json?); see `postroom operators list --help`"],
  ['operators add', "missing required argument 'email'; see `postroom operators add --help`"],
  [
    'operators add a@b.example --role king',
    `option '--role <role>' argument 'king' is invalid. Allowed choices are ${ROLES.join(', ')}; see \`postroom operators add --help\``,
  ],
  [
    'operators list now',
    "too many arguments for 'list'. Expected 0 arguments but got 1; see `postroom operators list --help`",
  ],
])('postroom %s: one line says what is wrong and which help says what is right', async (typed, line) => {
  const said: string[] = []
  const program = new Command('postroom').configureOutput({ writeErr: (text) => said.push(text) })
  register(program, createContext(program).context)
  quieten(program)
  await expect(program.parseAsync(typed.split(' '), { from: 'user' })).rejects.toThrow(CommanderError)
  expect(said).toEqual([`postroom: ${line}\n`])
})
