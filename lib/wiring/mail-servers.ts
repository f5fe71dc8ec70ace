import { FIRST_MAIL_SERVER_ID } from '../db/mail-server-id'
import { createMailServersStore } from '../db/mail-servers'
import type { MailServerRoom } from '../mail-server'
import { createServersRoom, type MailServersRoom } from '../mail-server/servers'
import { type MailServerOverrides, type MailServerWiring, mailServerRoom } from './mail-server'

export function mailServersRoom(
  wiring: MailServerWiring,
  overrides: Omit<MailServerOverrides, 'id' | 'store'> = {},
): MailServersRoom {
  const rooms = new Map<string, MailServerRoom>()
  return createServersRoom({
    store: createMailServersStore(wiring.db, wiring.clock),
    audit: wiring.audit,
    of(id) {
      const room = rooms.get(id) ?? mailServerRoom(wiring, { ...overrides, id })
      // Ids come from addresses, too: only so many are kept.
      if (rooms.size < ROOMS_KEPT_MAX) rooms.set(id, room)
      return room
    },
  })
}

const ROOMS_KEPT_MAX = 50

/** The default mail server's room, asked for at each call: an administrator may choose another one at any time. */
export function roomOfDefault({ of, defaultId }: MailServersRoom): MailServerRoom {
  const now = async (): Promise<MailServerRoom> => of(await defaultId())
  const { rules, parse } = of(FIRST_MAIL_SERVER_ID)
  return {
    rules,
    parse,
    view: async (known) => (await now()).view(known),
    standing: async () => (await now()).standing(),
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
