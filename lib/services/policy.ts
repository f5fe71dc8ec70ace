import type { AuditLog } from '../audit'
import type { DbDeps } from '../db'
import type { SenderCache } from '../mail-server/senders/cache'
import type { MailServers } from '../mail-server/servers'
import { createPolicyService, type PolicyService } from '../policy'

export interface PolicyServiceDeps extends DbDeps {
  audit: AuditLog
  mailServers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  senders: Pick<SenderCache, 'under'>
}

export function composePolicy({ clock, db, audit, mailServers, senders }: PolicyServiceDeps): PolicyService {
  return createPolicyService({
    db,
    clock,
    audit,
    mailServers: {
      async list() {
        const all = await mailServers.list()
        return Promise.all(
          all.map(async ({ id, name, isDefault, activeFailoverId, settings: server, sendersVersion }) => ({
            id,
            name,
            isDefault,
            failoverId: activeFailoverId,
            sending: server && { server, senders: await senders.under(id, server, sendersVersion) },
          })),
        )
      },
      async evidence(id) {
        const mailServer = mailServers.of(id ?? (await mailServers.defaultId()))
        const { verifiedBy, deliveredBy, failing } = (await mailServer.status()).facts
        return { verifiedBy, deliveredBy, failing }
      },
    },
  })
}
