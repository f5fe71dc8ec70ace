import type { AuditLog } from '../../audit/store/log'
import type { DbDeps } from '../../db/client'
import type { Caller } from '../../kernel/actor'
import type { Logger } from '../../kernel/log'
import type { SubmissionService } from '..'
import type { BodyReader } from './body'

export interface ApiDeps extends DbDeps {
  log: Pick<Logger, 'error' | 'warn'>
  /** The one address that the console and its API answer at. */
  baseUrl: URL
  /** For large bodies while they are being read. */
  spoolFolder: string
  submission: SubmissionService
  /** Records denials, with a bounded number of entries. */
  refusals: Pick<AuditLog, 'record'>
  outbox: { cancel(caller: Caller, chosen: { ids: readonly string[] }): Promise<number> }
}

export type BoundDeps = ApiDeps & { bodies: BodyReader }
