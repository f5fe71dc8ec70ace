import type { AuditLog } from '../../audit/store/log'
import type { DbDeps } from '../../db/client'
import type { MailServers } from '../servers'
import type { SendersKnown } from './cache'

export interface SendersDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  servers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  known: Pick<SendersKnown, 'digestOf'>
}
