import { Command, CommanderError } from 'commander'
import { expect, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../../tests/support/database'
import { ROLES } from '../kernel'
import { createContext } from './context'
import { register } from './operators'
import { databaseFaultLine, quieten } from './usage-fault'

test.each([
  ['nonsense', "unknown command 'nonsense'; see `postroom --help`"],
  ['operators list --\u001b[2Jx', "unknown option '--\\u001b[2Jx'; see `postroom operators list --help`"],
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

test('U-03 a document has no character that a terminal obeys, and is the same when it is read', () => {
  const out: string[] = []
  const { context } = createContext(new Command('postroom'), { out: (text) => out.push(text), err() {} })
  context.isJson = true
  const document = { name: 'a\u009b2K\u202e\u001b"\\' }
  context.document(document)
  expect(out.join('')).toBe('{"name":"a\\u009b2K\\u202e\\u001b\\"\\\\"}\n')
  expect(JSON.parse(out.join(''))).toEqual(document)
})

test.each([
  ['R-10 F-51 its disk is full', '53100', /^the disk with the files of the database is full\. /],
  ['R-10 it is out of memory', '53200', /^the database is out of memory\. /],
  ['it has no connection left', '53300', /^the database has no connection left\. /],
  [
    'R-09 it shuts down',
    '57P01',
    /^the database does not respond or is read-only\. Start the PostgreSQL server that DATABASE_URL names/,
  ],
  ['it reports a bug of ours', '42P01', null],
])('what the database ends a command with is one line, unless it is a bug: %s', async (_, state, line) => {
  const { db, drop } = await freshDatabase()
  onTestFinished(drop)
  const failing = `DO $$ BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '${state}'; END $$`
  const error = await db.$executeRawUnsafe(failing).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(databaseFaultLine(error)).toEqual(line && expect.stringMatching(line))
})
