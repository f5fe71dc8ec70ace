import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { SendersKnown } from '../mail-server/senders/cache'
import type { MailServers } from '../mail-server/servers'
import { createPolicyRevisions, type PolicyRevisions } from '../policy/revisions'
import type { RulesStore } from '../policy/revisions/ports'
import { createRulesStore } from '../policy/revisions/store'

export interface PolicyServiceDeps {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  senders: Pick<SendersKnown, 'under'>
}

/** @param overrides for tests: a store that stops halfway. */
export function composePolicyRevisions(
  { clock, db, audit, mailServers, senders }: PolicyServiceDeps,
  { store = createRulesStore(db, clock) }: { store?: RulesStore } = {},
): PolicyRevisions {
  return createPolicyRevisions({
    store,
    clock,
    audit,
    sending: {
      async servers() {
        const listed = await mailServers.list()
        return Promise.all(
          listed.map(async ({ id, name, isDefault, activeFailoverId, settings: server }) => ({
            ...{ id, name, isDefault, standInId: activeFailoverId },
            sending: server && { server, senders: await senders.under(id, server) },
          })),
        )
      },
      async evidence(server) {
        const id = server ?? (await mailServers.defaultId())
        const { verifiedBy, deliveredBy, failing } = (await mailServers.of(id).status()).facts
        return { verifiedBy, deliveredBy, failing }
      },
    },
  })
}
