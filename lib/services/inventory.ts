import { setTimeout as wait } from 'node:timers/promises'
import type { Environment } from '../config/environment'
import { createInventory, type Inventory } from '../credentials/inventory'
import { createCredentialStore } from '../credentials/store/credentials'
import { createInventoryStore, newRunIsDue } from '../credentials/store/inventory'
import { sparingly } from '../kernel/heap'
import type { CredentialsServiceDeps } from './credentials'
import type { Clients } from './microsoft'

/** @param overrides for tests: no waiting between two pages. */
export function composeInventory(
  {
    environment,
    clock,
    db,
    vault,
    clients,
  }: Pick<CredentialsServiceDeps, 'clock' | 'db' | 'vault'> & {
    environment: Pick<Environment, 'clouds'>
    clients: Pick<Clients, 'directory'>
  },
  { pause = async (ms: number) => wait(ms) }: { pause?: (ms: number) => Promise<void> } = {},
): Inventory {
  const room = createInventory({
    store: createInventoryStore(db),
    servers: createCredentialStore({ db, clock, vault, clouds: environment.clouds }),
    vault,
    clock,
    directory: clients.directory,
    pause,
    isDue: (now) => newRunIsDue(db, now),
  })
  return { ...room, work: () => sparingly(room.work), runDailyScan: () => sparingly(room.runDailyScan) }
}
