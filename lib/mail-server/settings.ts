import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { Redacted } from '../kernel/redacted'

/** "Keep" and "replace" are explicit: an empty value never means the stored secret. `none` means no login, or no credential yet. */
export type SecretChange = { kind: 'keep' } | { kind: 'replace'; value: Redacted } | { kind: 'none' }

/** A validated change, from the form, a settings file or a test. */
export interface MailServerChange {
  settings: MailServerSettings
  secret: SecretChange
  /** Expiry date of the client secret; null if it is not known. Used only with `exchange-online-oauth2`. */
  secretExpiresAt: Date | null
}
