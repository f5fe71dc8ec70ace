import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { createVault } from '../../lib/crypto/vault'
import { type Clock, systemClock } from '../../lib/kernel'
import type { Simulator } from '../../simulator/simulator'
import { temporarySimulator } from '../../simulator/test-client'
import type { CrashPoint } from './crashing-credentials'
import { clockAhead, credentialServicesAt } from './credentials-services'
import { freshDatabase, type TestDatabase } from './database'
import { newKey } from './mail-server'
import { changeAtMicrosoft, simulatedFields } from './simulated'

/**
 * One simulator for the whole test file and a new database for each test. Both start in their initial state.
 *
 * @param federated whether the deployment identifies the console, by a token file and by a managed identity
 * @param movesDate whether time that passes moves `Date` itself: MSAL has no other clock, and signs a certificate's assertion
 *   for that time
 */
export function credentialsWorld({ federated, movesDate = false }: { federated: boolean; movesDate?: boolean }) {
  let simulator: Simulator
  let database: TestDatabase
  let aheadMs = 0
  const keys = [newKey('k1')]
  const vault = createVault(keys, systemClock)
  const clock = clockAhead(() => aheadMs)

  beforeAll(async () => {
    simulator = await temporarySimulator()
  })
  afterAll(() => simulator.close())
  beforeEach(async () => {
    simulator.reset()
    database = await freshDatabase()
  })
  afterEach(async () => {
    aheadMs = 0
    vi.useRealTimers()
    await database.drop()
  })

  return {
    clock,
    keys,
    get aheadMs() {
      return aheadMs
    },
    get simulator() {
      return simulator
    },
    get database() {
      return database
    },

    /** Moves our clock and Microsoft's together. */
    pass(ms: number): void {
      if (movesDate) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms, shouldAdvanceTime: false })
      else aheadMs += ms
      simulator.clock.set(clock.now())
    },

    change: (name: string, body: object = {}) => changeAtMicrosoft(simulator, name, body),

    /** The services of another process, which shares nothing but the database. */
    startServices(crash?: CrashPoint, own: Clock = clock, time = own) {
      const { ready, caPem } = simulator
      return credentialServicesAt({ ready, caPem, db: database.db, keys, vault, clock: own, federated }, crash, time)
    },

    /** The Mail server form, filled in for the simulator's own application. */
    fields: (change: object = {}) => ({ ...simulatedFields(simulator), ...change }),
  }
}
