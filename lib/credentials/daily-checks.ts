import { DAY_MS, SYSTEM_CALLER } from '../kernel'
import type { CredentialsDeps } from './deps'
import { isEntraServer } from './entra'
import { discover } from './inventory/discover'
import { probeDue } from './probe'
import { beginRotation } from './rotation/begin'
import { dueRenewals } from './rotation/due-renewals'
import { deleteOldProbes } from './store/probes'
import { listServers, readServer } from './store/servers'
import { readSlots } from './store/slots'

const PROBES_KEPT_MS = 400 * DAY_MS

/** For the worker, every few minutes: the daily probes, rotations that become due, and Graph's dates where they were read before. */
export async function runDailyChecks(deps: CredentialsDeps): Promise<{ probed: number }> {
  const { db, clock } = deps
  const outcomes = await probeDue(deps)
  await renewDue(deps)
  const now = clock.now()
  for (const { id } of await listServers(deps)) {
    const current = (await readSlots(deps, id, now))?.current
    // Graph is asked with the daily probe, and so only once a day if it refuses.
    if (current?.foundAt && outcomes.get(current.id) === 'accepted') await discover(deps, SYSTEM_CALLER, id)
  }
  await deleteOldProbes(db, new Date(now.getTime() - PROBES_KEPT_MS))
  return { probed: outcomes.size }
}

/** Each is decided once more when its turn comes: those before it take time, in which another run may have begun it. */
async function renewDue(deps: CredentialsDeps): Promise<void> {
  const { db, clock } = deps
  for (const id of await dueRenewals(db, clock.now())) {
    if ((await dueRenewals(db, clock.now(), id)).length === 0) continue
    // A refused start leaves an audit entry, and this is every few minutes.
    const server = await readServer(deps, id)
    if (!server || !isEntraServer(server)) continue
    await beginRotation(deps, SYSTEM_CALLER, { mailServerId: id, automatic: true })
  }
}
