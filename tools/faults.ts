// Writes what lib/kernel, lib/diagnosis and lib/setup-guide read from docs/faults/*.yaml, so that the product reads no YAML. `npm run setup` runs it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Concern, Retry } from '../lib/kernel/diagnosis-code'
import type { SmtpFault } from '../lib/kernel/faults'
import { STAGES } from '../lib/kernel/stage'
import { PARTS } from '../lib/setup-guide/choices'

const root = path.resolve(import.meta.dirname, '..')
export const FAULTS_FOLDER = path.join(root, 'lib/kernel/generated/faults')

const fault = z.strictObject({
  retry: z.enum(['no', 'yes', 'later', 'settling'] satisfies Retry[]),
  concern: z.enum(['connection', 'server', 'rate', 'block', 'message'] satisfies Concern[]),
  portal: z.string().optional(),
  entra: z.array(z.int().positive()).min(1).optional(),
  system: z.array(z.string().min(1)).min(1).optional(),
})
export const faultsSchema = z
  .record(z.string(), z.record(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), fault))
  .refine((groups) => {
    const codes = Object.values(groups).flatMap((faults) => Object.entries(faults))
    const known = codes.flatMap(([code, { entra = [], system = [] }]) => [code, ...entra, ...system])
    return new Set(known).size === known.length
  }, 'a code, a number or an error name occurs twice')

const alternatives = z.union([z.string().min(1), z.array(z.string().min(1)).min(2)])
const pattern = alternatives.transform((texts) => new RegExp([texts].flat().join('|'), 'i'))
const enhanced = z.string().regex(/^[245]\.\d{1,3}\.(?:x|\d{1,3}(?:-\d{1,3})?)$/)
export const smtpRuleSchema = z.strictObject({
  code: z.string(),
  basic: z.union([z.array(z.int().min(400).max(599)).min(1), z.enum(['any 4xx', 'any 5xx'])]).optional(),
  enhanced: z.union([enhanced, z.array(enhanced).min(2)]).optional(),
  notEnhanced: enhanced.optional(),
  login: z.enum(['xoauth2', 'password', 'none'] satisfies SmtpFault['login'][]).optional(),
  stages: z.array(z.enum(STAGES)).min(1).optional(),
  keyword: z.string().optional(),
  usualCodes: z.string().optional(),
  pattern: pattern.optional(),
  exceptPattern: pattern.optional(),
})
const clientText = z
  .strictObject({
    code: alternatives,
    matchesCase: z.literal(true).optional(),
    pattern: alternatives,
    sources: z.array(z.url()).min(1).optional(),
  })
  .transform(({ code, matchesCase, pattern: texts }): [string[], RegExp] => [
    [code].flat(),
    new RegExp([texts].flat().join('|'), matchesCase ? '' : 'i'),
  ])

/** A step of the set-up guide. */
const setUpStep = z.strictObject({
  part: z.enum(PARTS),
  portal: z.string().nullable().default(null),
  page: z.enum(['/mail-server', '/credentials']).optional(),
  rejectedBy: z.array(z.string()).min(1).default([]),
})

const read = (name: string): unknown => parse(readFileSync(path.join(root, 'docs/faults', name), 'utf8'))

/** The text of each generated file, by its name. Throws if a description does not fit its schema. The compiler checks the codes. */
export function faultFiles(): Record<string, string> {
  const groups = Object.entries(faultsSchema.parse(read('faults.yaml')))
  const faults = groups.flatMap(([group, codes]) =>
    Object.entries(codes).map(([code, about]) => ({ code, group, ...about })),
  )
  const known = <Member extends 'portal' | 'entra' | 'system'>(member: Member) =>
    Object.fromEntries(faults.flatMap(({ code, [member]: value }) => (value ? [[code, value]] : [])))
  const rules = z.array(smtpRuleSchema).parse(read('smtp-rules.yaml'))
  const texts = z.array(clientText).parse(read('client-texts.yaml'))
  return {
    'codes.ts': written({
      FAULTS: Object.fromEntries(faults.map(({ code, group, retry, concern }) => [code, { group, retry, concern }])),
    }),
    'recognition.ts': written({
      PORTAL_PAGES: known('portal'),
      ENTRA_NUMBERS: known('entra'),
      SYSTEM_SIGNATURES: known('system'),
      SMTP_RULES: rules.flatMap(({ enhanced: codes, ...rule }) =>
        codes === undefined ? rule : [codes].flat().map((one) => ({ ...rule, enhanced: one })),
      ),
      CLIENT_TERMS: texts.filter(([codes]) => codes.length === 1),
      AMBIGUOUS_TERMS: texts.filter(([codes]) => codes.length > 1),
    }),
    'set-up-steps.ts': written({ SET_UP_STEPS: z.record(z.string(), setUpStep).parse(read('set-up-steps.yaml')) }),
  }
}

const written = (tables: Record<string, unknown>): string =>
  Object.entries(tables)
    .map(([name, table]) => `export const ${name} = ${literal(table)} as const\n`)
    .join('')

/** A value as TypeScript writes it. */
function literal(value: unknown): string {
  if (value instanceof RegExp) return String(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{\n${members.map(([name, member]) => `${JSON.stringify(name)}: ${literal(member)},\n`).join('')}}`
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(FAULTS_FOLDER, { recursive: true })
  for (const [name, text] of Object.entries(faultFiles())) writeFileSync(path.join(FAULTS_FOLDER, name), text)
}
