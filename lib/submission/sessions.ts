import type { DbDeps } from '../db/client'
import { bind } from '../kernel'
import { listSessions, readSession, refusedDevices, SESSIONS_KEPT_MS } from './store/sessions'

/** The SMTP sessions of the last 7 days, for pages. */
export const createSessions = (deps: DbDeps) => ({
  ...bind(deps.db, { list: listSessions, read: readSession }),
  ...bind(deps, { refusedDevices: devices }),
})

/** Addresses of no client that were refused in the last 7 days. */
const devices = ({ db, clock }: DbDeps) => refusedDevices(db, new Date(clock.now().getTime() - SESSIONS_KEPT_MS))
