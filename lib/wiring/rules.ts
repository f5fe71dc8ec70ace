import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { createRulesStore } from '../db/rules'
import type { Clock } from '../kernel/clock'
import type { MailServersRoom } from '../mail-server/servers'
import { createRulesRoom, type RulesRoom } from '../rules'
import type { RulesStore } from '../rules/ports'
import type { SendersKnown } from './senders-known'

export interface RulesWiring {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServers: Pick<MailServersRoom, 'list' | 'of' | 'defaultId'>
  senders: Pick<SendersKnown, 'under'>
}

/** @param overrides for tests: a store that stops halfway. */
export function rulesRoom(
  { clock, db, audit, mailServers, senders }: RulesWiring,
  { store = createRulesStore(db, clock) }: { store?: RulesStore } = {},
): RulesRoom {
  return createRulesRoom({
    store,
    clock,
    audit,
    sending: {
      async servers() {
        const listed = await mailServers.list()
        return Promise.all(
          listed.map(async ({ id, name, isDefault, standInId, settings: server }) => ({
            ...{ id, name, isDefault, standInId },
            sending: server && { server, senders: await senders.under(id, server) },
          })),
        )
      },
      async evidence(server) {
        const id = server ?? (await mailServers.defaultId())
        const { provenBy, deliveredBy, failing } = (await mailServers.of(id).standing()).facts
        return { provenBy, deliveredBy, failing }
      },
    },
  })
}
