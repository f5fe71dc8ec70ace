import { z } from 'zod'
import builtIn from '../../docs/clouds.json'
import type { Destination } from './destination'
import { pick } from './records'

/**
 * A Microsoft cloud as data: no value is derived from another, and the same code path serves every cloud. The deployment may
 * add clouds (`POSTROOM_CLOUDS_FILE`); a browser user cannot, because the client secret is posted to `loginOrigin`.
 */
export interface Cloud {
  id: string
  name: string
  /** Origin of the token endpoint, https only. */
  loginOrigin: string
  /** Scope of the client-credentials request; ends in `/.default`. */
  exchangeScope: string
  /** Accepted `aud` claims of an Exchange Online token. */
  exchangeAudiences: string[]
  /** Audience of a token that replaces a secret at this cloud's Entra (workload identity federation). */
  tokenExchangeAudience: string
  graphUrl: string
  smtpHost: string
  smtpPort: number
  /** `Connect-ExchangeOnline -ExchangeEnvironmentName`, or null if the parameter is left out. */
  exchangeEnvironmentName: string | null
  portalUrl: string
}

/** In the format of `POSTROOM_CLOUDS_FILE`, from Microsoft's pages about national clouds. Sources disagree about the DoD scope. */
export const BUILT_IN_CLOUDS: readonly Cloud[] = builtIn

const text = z.string().min(1).max(1_000)
const sender = { senderAddress: text, senderName: z.string().max(1_000) }
const exchangeOnline = z.strictObject({
  type: z.literal('exchange-online-oauth2'),
  ...sender,
  cloud: text,
  tenantId: text,
  clientId: text,
  /** Only verified addresses are used (docs/policy.md). */
  allowIndividualSenders: z.boolean(),
})
const smtp = z.strictObject({
  type: z.literal('smtp'),
  ...sender,
  host: text,
  port: z.int().min(1).max(65_535),
  security: z.enum(['starttls', 'tls', 'none']),
  /** Null if the server needs no authentication. */
  username: text.nullable(),
  allowIndividualSenders: z.boolean(),
})
const settings = z.discriminatedUnion('type', [exchangeOnline, smtp])

/** What people call such a mail server, and its name until an administrator gives it another one. */
export const EXCHANGE_NAME = 'Exchange Online'

/** The stored settings of a mail server in normal form. They contain no secret. */
export type MailServerSettings = z.infer<typeof settings>
export type ExchangeOnlineSettings = z.infer<typeof exchangeOnline>

/** Reads stored settings strictly, since their JSON may have been edited by hand, damaged, or written by another version. Null if it cannot be read. */
export const storedSettings = (json: unknown): MailServerSettings | null => settings.safeParse(json).data ?? null

/** Where a mail server with these settings accepts mail, or null if the deployment does not have their cloud. */
export function submissionOf(settings: MailServerSettings, clouds: readonly Cloud[]) {
  if (settings.type === 'smtp') return pick(settings, 'host', 'port', 'security')
  const cloud = clouds.find(({ id }) => id === settings.cloud)
  return cloud ? { host: cloud.smtpHost, port: cloud.smtpPort, security: 'starttls' as const } : null
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
