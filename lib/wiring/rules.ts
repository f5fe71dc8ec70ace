import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { defaultMailServerId } from '../db/mail-server-id'
import { createRulesStore } from '../db/rules'
import type { Clock } from '../kernel/clock'
import type { MailServerRoom } from '../mail-server'
import { createRulesRoom, type RulesRoom } from '../rules'
import type { RulesStore } from '../rules/ports'
import type { SendersKnown } from './senders-known'

export interface RulesWiring {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServer: Pick<MailServerRoom, 'savedChange' | 'standing'>
  senders: Pick<SendersKnown, 'under'>
}

/** @param overrides for tests: a store that stops halfway. */
export function rulesRoom(
  { clock, db, audit, mailServer, senders }: RulesWiring,
  { store = createRulesStore(db, clock) }: { store?: RulesStore } = {},
): RulesRoom {
  return createRulesRoom({
    store,
    clock,
    audit,
    sending: {
      async server() {
        const saved = await mailServer.savedChange()
        if (!saved) return null
        const { settings: server } = saved
        return { server, senders: await senders.under(await defaultMailServerId(db), server) }
      },
      async evidence() {
        const { state, provenBy } = (await mailServer.standing()).facts
        return { provenBy, failing: state === 'failing' }
      },
    },
  })
}
