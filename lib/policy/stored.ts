import { z } from 'zod'
import type { PolicyFields } from './draft'
import { fieldsOf, parsePolicy } from './fields'
import type { PolicyRules } from './rules'

/*
 * What the JSON column holds may have been edited by hand, damaged, or written by another version (F-54): it is read strictly
 * and has to be in the very form that a save writes. Null means that it cannot be read, and then no mail may leave by it.
 */

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
          // Revisions from the time of one mail server have none.
          server: text.nullable().default(null),
        }),
      ]),
    }),
  ),
})

export function storedRules(json: unknown): PolicyRules | null {
  const shaped = rules.safeParse(json).data
  if (!shaped) return null
  const fields: PolicyFields = fieldsOf(shaped)
  const parsed = parsePolicy(fields)
  return parsed.ok && JSON.stringify(fieldsOf(parsed.value)) === JSON.stringify(fields) ? parsed.value : null
}
