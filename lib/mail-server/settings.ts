import type { Cloud } from '../kernel/clouds'
import type { Destination } from '../kernel/destination'
import type { Redacted } from '../kernel/redacted'

/** What is stored of a mail server, in normal form; no secret in it. */
export type MailServerSettings = ExchangeOnlineSettings | SmtpSettings

interface Sender {
  senderAddress: string
  senderName: string
}

export interface ExchangeOnlineSettings extends Sender {
  type: 'exchange-online-oauth2'
  cloud: string
  tenantId: string
  clientId: string
  /** Only addresses that are proven are used (docs/policy.md). */
  allowIndividualSenders: boolean
}

export interface SmtpSettings extends Sender {
  type: 'smtp'
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  /** Null: no authentication. */
  username: string | null
  allowIndividualSenders: boolean
}

/** "Keep" and "replace" are spoken aloud: a blank never stands for the stored secret (S-03). `none`: there is no login, or no credential yet. */
export type SecretChange = { kind: 'keep' } | { kind: 'replace'; value: Redacted } | { kind: 'none' }

/** A validated change, as the form, the settings file and the test all make it. */
export interface MailServerChange {
  settings: MailServerSettings
  secret: SecretChange
  /** When the credential ends; null: the administrator does not know. Meaningful for `exchange-online-oauth2` only. */
  secretExpiresAt: Date | null
}

/** Where these settings would send their secret; null when they hold none. */
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
