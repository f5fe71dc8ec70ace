import type { Result } from '../../kernel'
import type { FieldErrors, MailServerChange } from '../fields'

/** Longest time of a whole test, whatever the server does. */
export const TEST_DEADLINE_MS = 30_000
/** A client that does not end with its signal is abandoned after this time. */
export const GRACE_MS = 1_000

export interface TestInput {
  /** The unsaved values of the form or the file, or what is wrong with them. */
  change: Result<MailServerChange, FieldErrors>
  /** The server type that the values name, if they do not parse. */
  type?: string | null
  /** Recipient, already parsed. */
  to: string
  dryRun: boolean
  /** The individual sender that is tested instead of the settings' own. */
  as?: TestedSender
}

/** A sender besides the settings' own, and the mailbox that logs in for it. */
export interface TestedSender {
  address: string
  mailbox: string
  /** Identifies what an accepted test verifies; null if the mail server does not check senders. */
  digest: string | null
}
