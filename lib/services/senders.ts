import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { SendersKnown } from '../mail-server/senders/cache'
import { createSenders, type Senders } from '../mail-server/senders/senders'
import { createSendersStore } from '../mail-server/senders/store'
import type { MailServers } from '../mail-server/servers'
import { loadRules } from '../policy/store'

export interface SendersServiceDeps {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  known: Pick<SendersKnown, 'digestOf'>
}

export function composeSenders({ clock, db, audit, mailServers, known }: SendersServiceDeps): Senders {
  return createSenders({
    store: createSendersStore(db, clock),
    servers: mailServers,
    context: {
      rules: async () => (await loadRules(db))?.rules ?? null,
      defaultServer: () => mailServers.defaultId(),
      digestOf: known.digestOf,
    },
    audit,
  })
}
