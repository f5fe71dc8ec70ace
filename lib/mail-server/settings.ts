import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { Redacted } from '../kernel/redacted'

/** "Keep" and "replace" are spoken aloud: a blank never stands for the stored secret (S-03). `none`: there is no login, or no credential yet. */
export type SecretChange = { kind: 'keep' } | { kind: 'replace'; value: Redacted } | { kind: 'none' }

/** A validated change, as the form, the settings file and the test all make it. */
export interface MailServerChange {
  settings: MailServerSettings
  secret: SecretChange
  /** When the credential ends; null: the administrator does not know. Meaningful for `exchange-online-oauth2` only. */
  secretExpiresAt: Date | null
}
