import type { Db } from '../db/client'
import { bind } from '../kernel/bind'
import type { Clock } from '../kernel/clock'
import { listSessions, type RefusedDevice, readSession, refusedDevices, SESSIONS_KEPT_MS } from './store/sessions'

/** The SMTP sessions of the last 7 days, for pages. */
export const createSessions = (deps: { db: Db; clock: Clock }) => ({
  ...bind(deps.db, { list: listSessions, read: readSession }),
  ...bind(deps, { refusedDevices: devices }),
})

/** Addresses of no client that were refused in the last 7 days. */
const devices = ({ db, clock }: { db: Db; clock: Clock }): Promise<RefusedDevice[]> =>
  refusedDevices(db, new Date(clock.now().getTime() - SESSIONS_KEPT_MS))
