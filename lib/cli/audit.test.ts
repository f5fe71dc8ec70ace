import { expect, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import type { AuditVerdict } from '../audit/log'
import { register } from './audit'

const verify = (verdict: AuditVerdict, args: string[] = []) =>
  runCommand(register, { audit: { verify: async () => verdict } }, ['audit', 'verify', ...args])

const intact: AuditVerdict = {
  events: 1234,
  intact: true,
  firstBroken: null,
  fault: null,
  keyedFrom: 1,
  anchor: { state: 'matches', sequence: 1230, at: '2027-03-01T12:00:00.000Z' },
}

test('U-02 audit verify answers with the verdict alone as JSON, and 0 for an intact record', async () => {
  expect(await verify(intact, ['--json'])).toEqual({ out: [intact], err: [], code: 0 })
})

test.each<[string, Partial<AuditVerdict>, RegExp]>([
  ['changed row', { firstBroken: 4, fault: 'changed' }, /Row 4 does not continue/],
  ['row whose key is missing', { firstBroken: 4, fault: 'key-missing' }, /Row 4 cannot be checked/],
  ['missing end', { firstBroken: 1235, fault: 'end-missing' }, /lost its end: row 1235/],
])('U-02 audit verify names a %s and answers 1', async (_, fault, sentence) => {
  const verdict = { ...intact, intact: false, ...fault }
  const { out, err, code } = await verify(verdict)
  expect({ out, code }).toEqual({ out: [verdict], code: 1 })
  expect(err[0]).toMatch(sentence)
})

test('U-02 audit verify says from which row on a key protects the record, and why an end is not compared', async () => {
  const anchor = { state: 'restored-since', sequence: 9, at: '2027-03-01T12:00:00.000Z' } as const
  const { err } = await verify({ ...intact, keyedFrom: 812, anchor })
  expect(err).toEqual([
    'All 1234 rows are as they were written.',
    expect.stringMatching(/^A key protects row 812/),
    expect.stringMatching(/from before a restore/),
  ])
})

test('an end that is not a row number and a hash is wrong usage', async () => {
  await expect(verify(intact, ['--end', '12:abc'])).rejects.toThrow('--end must be')
})
