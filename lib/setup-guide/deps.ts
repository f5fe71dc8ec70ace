import type { DbDeps } from '../db/client'
import type { Cloud } from '../kernel/clouds'
import type { MailServers } from '../mail-server/servers'

export interface SetupGuideDeps extends DbDeps {
  clouds: readonly Cloud[]
  mailServers: Pick<MailServers, 'of'>
}
