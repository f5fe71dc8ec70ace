import type { AccessToken, TokenSource } from '../../entra/contracts'
import type { TokenClaims } from '../../kernel/faults'
import type { Logger } from '../../kernel/log'
import type { Result } from '../../kernel/result'
import type { MailTransport } from '../../smtp/contracts'
import type { MailServerDeps } from '../deps'
import type { FieldErrors } from '../fields'
import type { TestLimiter } from '../ports'
import type { MailServerChange } from '../settings'

/** The whole test, whatever the peer does (N-12). */
export const TEST_DEADLINE_MS = 30_000
/** An adapter that does not end with its signal is left behind after this; nothing waits for it. */
export const GRACE_MS = 1_000

export interface TestDeps extends MailServerDeps {
  tokens: TokenSource
  readClaims(token: AccessToken): TokenClaims | null
  transport: MailTransport
  limiter: TestLimiter
  log: Pick<Logger, 'error'>
  /** Where this console answers; the message says so. */
  baseUrl: URL
  deadlineMs?: number
}

export interface TestInput {
  /** The form's or file's unsaved values, or what is wrong with them. */
  change: Result<MailServerChange, FieldErrors>
  /** The server type that the values name, where they do not parse. */
  type?: string | null
  /** Already parsed recipient. */
  to: string
  dryRun: boolean
  /** The message leaves as this sender instead of the settings' own. */
  as?: TestedSender
}

/** A sender besides the settings' own, and the mailbox that logs in for it. */
export interface TestedSender {
  address: string
  mailbox: string
  /** What the answer will be about; null: these settings have nothing of the kind. */
  digest: string | null
}
