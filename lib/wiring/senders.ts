import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { createRulesStore } from '../db/rules'
import { createSendersStore } from '../db/senders'
import type { Clock } from '../kernel/clock'
import { createSendersRoom, type SendersRoom } from '../mail-server/senders'
import type { MailServersRoom } from '../mail-server/servers'
import type { SendersKnown } from './senders-known'

export interface SendersWiring {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServers: Pick<MailServersRoom, 'list' | 'of' | 'defaultId'>
  known: Pick<SendersKnown, 'digestOf'>
}

export function sendersRoom({ clock, db, audit, mailServers, known }: SendersWiring): SendersRoom {
  const rules = createRulesStore(db, clock)
  return createSendersRoom({
    store: createSendersStore(db, clock),
    servers: mailServers,
    context: {
      rules: async () => (await rules.load())?.rules ?? null,
      defaultServer: () => mailServers.defaultId(),
      digestOf: known.digestOf,
    },
    audit,
  })
}
