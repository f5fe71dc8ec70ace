import { z } from 'zod'
import type { Cloud } from './clouds'
import type { Destination } from './destination'

/** The stored settings of a mail server in normal form. They contain no secret. */
export type MailServerSettings = ExchangeOnlineSettings | SmtpSettings

export interface Sender {
  senderAddress: string
  senderName: string
}

export interface ExchangeOnlineSettings extends Sender {
  type: 'exchange-online-oauth2'
  cloud: string
  tenantId: string
  clientId: string
  /** Only verified addresses are used (docs/policy.md). */
  allowIndividualSenders: boolean
}

export interface SmtpSettings extends Sender {
  type: 'smtp'
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  /** Null if the server needs no authentication. */
  username: string | null
  allowIndividualSenders: boolean
}

/** Where these settings would send their secret, or null if they have none. */
export function destinationOf(settings: MailServerSettings, clouds: readonly Cloud[]): Destination | null {
  if (settings.type === 'smtp') {
    const { host, port, security, username } = settings
    return username === null ? null : { type: 'smtp', host, port, security, username }
  }
  const cloud = clouds.find(({ id }) => id === settings.cloud)
  if (!cloud) return null
  const { tenantId, clientId, type } = settings
  return { type, cloud: cloud.id, loginOrigin: cloud.loginOrigin, tenantId, clientId }
}

/*
 * A JSON column may have been edited by hand, damaged, or written by another version. It is read strictly, and null means that it
 * cannot be read.
 */

const text = z.string().min(1).max(1_000)
const sender = { senderAddress: text, senderName: z.string().max(1_000) }

const settings: z.ZodType<MailServerSettings> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('exchange-online-oauth2'),
    ...sender,
    cloud: text,
    tenantId: text,
    clientId: text,
    allowIndividualSenders: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('smtp'),
    ...sender,
    host: text,
    port: z.int().min(1).max(65_535),
    security: z.enum(['starttls', 'tls', 'none']),
    username: text.nullable(),
    allowIndividualSenders: z.boolean(),
  }),
])

export const storedSettings = (json: unknown): MailServerSettings | null => settings.safeParse(json).data ?? null
