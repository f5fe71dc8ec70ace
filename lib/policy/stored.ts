import { z } from 'zod'
import type { PolicyFields } from './draft'
import { fieldsOf, parsePolicy } from './fields'
import type { PolicyRules } from './rules'

const text = z.string().min(1).max(1_000)
const pattern = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('address'), address: text }),
  z.strictObject({ kind: z.literal('domain'), domain: text }),
  z.strictObject({ kind: z.literal('domain-tree'), domain: text }),
  z.strictObject({ kind: z.literal('regex'), source: text }),
])
const rules: z.ZodType<PolicyRules> = z.strictObject({
  otherwise: z.enum(['allow', 'decline']),
  rules: z.array(
    z.strictObject({
      id: text,
      name: text,
      enabled: z.boolean(),
      senders: z.array(pattern),
      recipients: z.array(pattern),
      outcome: z.discriminatedUnion('verdict', [
        z.strictObject({ verdict: z.literal('decline') }),
        z.strictObject({
          verdict: z.literal('allow'),
          sender: z.strictObject({ address: text, name: z.string().max(1_000) }).nullable(),
          individual: z.boolean(),
          // Revisions saved before there could be several mail servers have none.
          server: text.nullable().default(null),
        }),
      ]),
    }),
  ),
})

/**
 * Reads the JSON column strictly, because it may have been edited by hand, damaged, or written by another version. It must have
 * exactly the form that a save writes.
 *
 * @returns null if it cannot be read; then the rules allow nothing
 */
export function storedRules(json: unknown): PolicyRules | null {
  const candidate = rules.safeParse(json).data
  if (!candidate) return null
  const fields: PolicyFields = fieldsOf(candidate)
  const parsed = parsePolicy(fields)
  return parsed.ok && JSON.stringify(fieldsOf(parsed.value)) === JSON.stringify(fields) ? parsed.value : null
}
