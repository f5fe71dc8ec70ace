import type { AuditLog } from '../../audit/store/log'
import type { Db } from '../../db/client'
import type { Clock } from '../../kernel/clock'
import type { MailServers } from '../servers'
import type { SendersKnown } from './cache'

export interface SendersDeps {
  db: Db
  clock: Clock
  audit: Pick<AuditLog, 'record'>
  servers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  known: Pick<SendersKnown, 'digestOf'>
}
