import { DAY_MS, SYSTEM_CALLER } from '../kernel'
import type { CredentialsDeps } from './deps'
import { discover } from './inventory/discover'
import { probeDue } from './probe'
import { startDue } from './rotation/begin'
import { deleteOldProbes } from './store/probes'
import { listServers } from './store/servers'
import { readSlots } from './store/slots'

const PROBES_KEPT_MS = 400 * DAY_MS

/**
 * For the worker, every few minutes: the daily probes, rotations that become due, and Graph's dates where they were read before.
 *
 * @returns how many credentials were probed
 */
export async function runDailyChecks(deps: CredentialsDeps): Promise<{ probed: number }> {
  const { db, clock } = deps
  const probed = await probeDue(deps)
  await startDue(deps)
  const now = clock.now()
  for (const { id } of await listServers(deps)) {
    const slots = await readSlots(deps, id, now)
    const foundAt = slots?.current?.foundAt ?? null
    if (foundAt === null || now.getTime() - foundAt.getTime() < DAY_MS) continue
    await discover(deps, SYSTEM_CALLER, id)
  }
  await deleteOldProbes(db, new Date(now.getTime() - PROBES_KEPT_MS))
  return { probed }
}
