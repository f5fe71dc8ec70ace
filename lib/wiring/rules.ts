import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { createRulesStore } from '../db/rules'
import type { Clock } from '../kernel/clock'
import type { MailServerRoom } from '../mail-server'
import { createRulesRoom, type RulesRoom } from '../rules'
import type { RulesStore } from '../rules/ports'

export interface RulesWiring {
  clock: Clock
  db: Db
  audit: AuditLog
  mailServer: Pick<MailServerRoom, 'savedChange' | 'standing'>
}

/** @param overrides for tests: a store that stops halfway. */
export function rulesRoom(
  { clock, db, audit, mailServer }: RulesWiring,
  { store = createRulesStore(db, clock) }: { store?: RulesStore } = {},
): RulesRoom {
  return createRulesRoom({
    store,
    clock,
    audit,
    sending: {
      async server() {
        const saved = await mailServer.savedChange()
        return saved && { server: saved.settings, proven: NONE_PROVEN }
      },
      async evidence() {
        const { state, provenBy } = (await mailServer.standing()).facts
        return { provenBy, failing: state === 'failing' }
      },
    },
  })
}

/** Besides its own sender nothing is proven at Exchange: no test sends as another. */
export const NONE_PROVEN: ReadonlySet<string> = new Set()
