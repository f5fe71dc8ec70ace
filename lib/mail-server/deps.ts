import type { AuditLog } from '../audit'
import type { Db, DbDeps } from '../db'
import type { TokenSource } from '../entra/contracts'
import type { Logger, Vault } from '../kernel'
import type { MailTransport } from '../smtp/contracts'
import type { Deployment } from './fields'
import type { SenderCache } from './senders/cache'

export interface OneServer {
  /** One that is not in the database, or was never saved, counts as empty. */
  id: string
  db: Db
}

export interface MailServerDeps extends DbDeps, OneServer {
  vault: Vault
  audit: Pick<AuditLog, 'record'>
  deployment: Deployment
  senderCache: Pick<SenderCache, 'under'>
  tokens: TokenSource
  transport: MailTransport
  log: Pick<Logger, 'error'>
  /** Address of this console, named in the test message. */
  baseUrl: URL
  /** Longest time of a connection test; TEST_DEADLINE_MS if absent. */
  deadlineMs?: number
}
