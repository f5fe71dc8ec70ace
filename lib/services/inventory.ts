import { setTimeout as wait } from 'node:timers/promises'
import type { Environment } from '../config/environment'
import { createInventory, type Inventory } from '../credentials/inventory'
import type { CredentialsServiceDeps } from './credentials'
import type { Clients } from './microsoft'

/** @param overrides for tests, which do not wait between two pages */
export const composeInventory = (
  {
    environment,
    clients,
    ...deps
  }: Pick<CredentialsServiceDeps, 'clock' | 'db' | 'vault'> & {
    environment: Pick<Environment, 'clouds'>
    clients: Pick<Clients, 'directory'>
  },
  { pause = async (ms) => wait(ms) }: { pause?: (ms: number) => Promise<void> } = {},
): Inventory => createInventory({ ...deps, clouds: environment.clouds, directory: clients.directory, pause })
