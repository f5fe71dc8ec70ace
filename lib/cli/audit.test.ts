import { Command } from 'commander'
import { expect, test } from 'vitest'
import type { AuditVerdict } from '../audit/log'
import type { Wiring } from '../wiring'
import { register } from './audit'
import type { CommandContext } from './context'

async function verify(verdict: AuditVerdict, args: string[] = []) {
  const seen = { out: [] as unknown[], err: [] as string[], code: 0 }
  const context: CommandContext = {
    document: (answer) => seen.out.push(answer),
    print: (line) => seen.out.push(line),
    say: (line) => seen.err.push(line),
    exit: (code) => {
      seen.code = code
    },
    wiring: async () => ({ audit: { verify: async () => verdict } }) as unknown as Wiring,
    actor: { kind: 'command-line', user: 'root' },
    origin: { address: null, requestId: 'req-1' },
    ask: async () => '',
  }
  const program = new Command()
  register(program, context)
  await program.parseAsync(['audit', 'verify', ...args], { from: 'user' })
  return seen
}

test('U-02 audit verify answers with the verdict alone as JSON, and 0 for an intact record', async () => {
  const verdict = { events: 1234, intact: true, firstBroken: null }
  expect(await verify(verdict, ['--json'])).toEqual({ out: [verdict], err: [], code: 0 })
})

test('U-02 audit verify names the first broken row and answers 1', async () => {
  const verdict = { events: 9, intact: false, firstBroken: 4 }
  const { out, err, code } = await verify(verdict)
  expect({ out, code }).toEqual({ out: [verdict], code: 1 })
  expect(err.join()).toContain('Row 4')
})
