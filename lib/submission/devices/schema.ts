import { z } from 'zod'
import type { Entrance } from '../entrance'
import { REFUSALS, type RefusalCode } from '../refusal'

export const DEVICE_KINDS = ['printer', 'nas', 'framework', 'appliance', 'monitoring', 'application', 'mailer'] as const

/** What a value of `docs/devices` may leave open; filled in for a server and a client. */
export const PLACEHOLDERS = ['server', 'port', 'login', 'password', 'sender'] as const

export type Placeholder = (typeof PLACEHOLDERS)[number]

const REFUSAL_CODES = Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]
const isPlaceholder = (name: string): boolean => PLACEHOLDERS.some((known) => known === name)

const text = z.string().trim().min(1).max(600)
/** A setting's value, with placeholders in braces. */
const value = text.refine(
  (written) => [...written.matchAll(/\{([^{}]*)\}/g)].every(([, name = '']) => isPlaceholder(name)),
  { error: `only {${PLACEHOLDERS.join('}, {')}} can be filled in` },
)
const support = z.enum(['yes', 'no', 'some-models', 'unknown'])

/** Values by the kind of port. What is absent is left out there, such as a password on a port without login. */
const valueByEntrance = z
  .strictObject({ starttls: value, tls: value, plain: value } satisfies Record<Entrance, typeof value>)
  .partial()

/** One file of `docs/devices`: a device or program that sends mail by SMTP. The format is explained in its README. */
export const deviceSchema = z.strictObject({
  /** The name of its file. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  name: text,
  kind: z.enum(DEVICE_KINDS),
  supports: z.strictObject({ starttls: support, tls: support, loginPlain: support, oauth2: support }),
  settings: z.strictObject({
    /** Names of menus from the outside in, or a file. Empty if no source says it. */
    path: z.array(text),
    fields: z.array(z.strictObject({ field: text, value: z.union([value, valueByEntrance]) })).min(1),
    notes: z.array(text).default([]),
  }),
  failures: z.array(
    z.strictObject({
      prints: text,
      means: text,
      /** Which of our refusals cause it. */
      refusals: z.array(z.enum(REFUSAL_CODES)).default([]),
    }),
  ),
  sources: z.array(z.strictObject({ url: z.url({ protocol: /^https?$/ }), says: text })).min(1),
  /** The day on which the sources were read. */
  checked: z.iso.date(),
})
export type Device = z.infer<typeof deviceSchema>
