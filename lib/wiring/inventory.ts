import { setTimeout as wait } from 'node:timers/promises'
import { createInventoryRoom, type InventoryRoom } from '../credentials/inventory-room'
import { createCredentialStore } from '../db/credentials'
import { createInventoryStore, newRunIsDue } from '../db/inventory'
import { sparingly } from '../kernel/heap'
import type { CredentialsWiring } from './credentials'
import type { Environment } from './environment'
import type { Outward } from './outward'

/** @param overrides for tests: no waiting between two pages. */
export function inventoryRoom(
  {
    environment,
    clock,
    db,
    vault,
    outward,
  }: Pick<CredentialsWiring, 'clock' | 'db' | 'vault'> & {
    environment: Pick<Environment, 'clouds'>
    outward: Pick<Outward, 'directory'>
  },
  { pause = async (ms: number) => wait(ms) }: { pause?: (ms: number) => Promise<void> } = {},
): InventoryRoom {
  const room = createInventoryRoom({
    store: createInventoryStore(db),
    servers: createCredentialStore({ db, clock, vault, clouds: environment.clouds }),
    vault,
    clock,
    directory: outward.directory,
    pause,
    isDue: (now) => newRunIsDue(db, now),
  })
  return { ...room, work: () => sparingly(room.work), lookAfter: () => sparingly(room.lookAfter) }
}
