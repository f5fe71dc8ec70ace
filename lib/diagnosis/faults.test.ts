import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FAULTS_FOLDER, faultFiles, faultsSchema, smtpRuleSchema } from '../../tools/faults'

test('the product has what docs/faults says (npm run setup)', () => {
  const files = faultFiles()
  expect(Object.keys(files)).toEqual(['codes.ts', 'recognition.ts', 'set-up-steps.ts'])
  for (const [name, text] of Object.entries(files))
    expect(readFileSync(path.join(FAULTS_FOLDER, name), 'utf8')).toBe(text)
})

test('a fault with an unknown key, an unknown class or a code in another form is not valid, nor is what occurs twice', () => {
  const valid = { retry: 'no', concern: 'server' }
  const isValid = (code: string, fault: object) => faultsSchema.safeParse({ group: { [code]: fault } }).success
  expect(isValid('not-authenticated', valid)).toBe(true)
  const wrong = [
    { retry: 'maybe' },
    { concern: 'nothing' },
    { entra: ['AADSTS50001'] },
    { entra: [] },
    { colour: 'blue' },
  ]
  expect(wrong.filter((change) => isValid('not-authenticated', { ...valid, ...change }))).toEqual([])
  expect(isValid('Not authenticated', valid)).toBe(false)
  const [one, other] = ['ENOTFOUND', 'ENODATA'].map((name) => ({ ...valid, entra: [7000215], system: [name] }))
  expect(faultsSchema.safeParse({ group: { one: valid }, next: { one: valid } }).success).toBe(false)
  expect(faultsSchema.safeParse({ group: { one }, next: { other } }).success).toBe(false)
  expect(faultsSchema.safeParse({ group: { one }, next: { other: { ...other, entra: [7000222] } } }).success).toBe(true)
})

test('a rule with an unknown key, a code that no reply has, an unknown stage or a broken pattern is not valid', () => {
  const valid = { code: 'not-authenticated', basic: [530], enhanced: ['5.7.57', '5.7.606-649', '5.1.x'] }
  expect(smtpRuleSchema.safeParse(valid).success).toBe(true)
  const wrong = [
    { basic: [250] },
    { basic: [] },
    { enhanced: '5.7' },
    { stages: ['greeting'] },
    { pattern: '' },
    { text: 'x' },
  ]
  expect(wrong.filter((change) => smtpRuleSchema.safeParse({ ...valid, ...change }).success)).toEqual([])
  expect(() => smtpRuleSchema.safeParse({ ...valid, pattern: '(' })).toThrow(SyntaxError)
})
