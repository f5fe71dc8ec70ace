import { expect, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import type { AuditVerdict } from '../audit'
import { register } from './audit'

const verify = (verdict: AuditVerdict, args: string[] = []) =>
  runCommand(register, { audit: { verify: async () => verdict } }, ['audit', 'verify', ...args])

const intact: AuditVerdict = {
  events: 1234,
  intact: true,
  from: '2026-11-01T08:00:00.000Z',
  to: '2027-03-01T12:01:00.000Z',
  firstBroken: null,
  fault: null,
  keyedFrom: 1,
  anchor: { state: 'matches', sequence: 1230, at: '2027-03-01T12:00:00.000Z' },
}

test('U-02 audit verify answers with the verdict alone as JSON with --json, in sentences without, and 0 for an intact log', async () => {
  expect(await verify(intact, ['--json'])).toEqual({ out: [intact], err: [], code: 0 })
  expect(await verify(intact)).toEqual({
    out: [
      'Checked 1,234 entries of the audit log, from 2026-11-01T08:00:00.000Z to 2027-03-01T12:01:00.000Z.',
      'No entry was changed, added or removed by hand.',
      'Entry 1230, the end of the log in the data directory, is in the log.',
    ],
    err: [],
    code: 0,
  })
})

test.each<[string, Partial<AuditVerdict>, RegExp, RegExp]>([
  ['changed entry', { firstBroken: 4, fault: 'changed' }, /^Entry 4 does not continue/, /^Find out who/],
  ['missing key', { firstBroken: 4, fault: 'key-missing' }, /^Entry 4 cannot be checked/, /^Add that key/],
  ['missing end', { firstBroken: 1235, fault: 'end-missing' }, /^Entry 1235 is not in the log/, /compare the log/],
])('U-02 audit verify names a %s and what to do, and answers 1', async (_, fault, sentence, remedy) => {
  const verdict = { ...intact, intact: false, ...fault }
  const { out, err, code } = await verify(verdict)
  expect({ err, code }).toEqual({ err: [], code: 1 })
  expect(out).toContainEqual(expect.stringMatching(sentence))
  expect(out).toContainEqual(expect.stringMatching(remedy))
})

test('U-02 audit verify says from which entry on a key protects the log, and why an end is not compared', async () => {
  const anchor = { state: 'restored-since', sequence: 9, at: '2027-03-01T12:00:00.000Z' } as const
  const { out } = await verify({ ...intact, keyedFrom: 812, anchor })
  expect(out.slice(2)).toEqual([
    expect.stringMatching(/^A key protects entry 812/),
    expect.stringMatching(/from before a restore/),
  ])
})

test('an end that is not the number of an entry and a digest is wrong usage', async () => {
  await expect(verify(intact, ['--end', '12:abc'])).rejects.toThrow('--end must be')
})
