import { FIRST_MAIL_SERVER_ID } from '../db/default-mail-server'
import type { MailServerService } from '../mail-server'
import { createMailServers, type MailServers } from '../mail-server/servers'
import { createMailServersStore } from '../mail-server/store/servers'
import { composeMailServer, type MailServerOverrides, type MailServerServiceDeps } from './mail-server'

export function composeMailServers(
  services: MailServerServiceDeps,
  overrides: Omit<MailServerOverrides, 'id' | 'store'> = {},
): MailServers {
  const rooms = new Map<string, MailServerService>()
  return createMailServers({
    store: createMailServersStore(services.db, services.clock),
    audit: services.audit,
    of(id) {
      const room = rooms.get(id) ?? composeMailServer(services, { ...overrides, id })
      // Ids come from addresses, too: only so many are kept.
      if (rooms.size < SERVICES_KEPT_MAX) rooms.set(id, room)
      return room
    },
  })
}

const SERVICES_KEPT_MAX = 50

/** The default mail server's room, asked for at each call: an administrator may choose another one at any time. */
export function serviceOfDefault({ of, defaultId }: MailServers): MailServerService {
  const now = async (): Promise<MailServerService> => of(await defaultId())
  const { rules, parse } = of(FIRST_MAIL_SERVER_ID)
  return {
    rules,
    parse,
    view: async (known) => (await now()).view(known),
    status: async () => (await now()).status(),
    state: async () => (await now()).state(),
    savedChange: async () => (await now()).savedChange(),
    save: async (caller, input) => (await now()).save(caller, input),
    restore: async (caller, input) => (await now()).restore(caller, input),
    test: async (caller, input) => (await now()).test(caller, input),
    history: async (page) => (await now()).history(page),
    report: async (id) => (await now()).report(id),
    objectId: async () => (await now()).objectId(),
    remedy: async (code, locale, mail) => (await now()).remedy(code, locale, mail),
    permission: async (sender, locale) => (await now()).permission(sender, locale),
    revisions: async (page) => (await now()).revisions(page),
  }
}
