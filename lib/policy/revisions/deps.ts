import type { AuditLog } from '../../audit/log'
import type { Clock } from '../../kernel/clock'
import type { RulesStore, SendingNow } from './ports'

/** What the stories of this room need. */
export interface RulesDeps {
  store: RulesStore
  sending: SendingNow
  clock: Clock
  audit: Pick<AuditLog, 'record'>
}
