import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import type { CrashPoint } from '../lib/credentials/ports'
import { freshDatabase, type TestDatabase } from '../lib/db/test-db'
import { type Clock, systemClock } from '../lib/kernel/clock'
import { BUILT_IN_CLOUDS, type Cloud } from '../lib/kernel/clouds'
import { Redacted } from '../lib/kernel/redacted'
import { createVault } from '../lib/vault'
import { auditLog } from '../lib/wiring/audit'
import { credentialsRoom } from '../lib/wiring/credentials'
import type { Environment } from '../lib/wiring/environment'
import { mailServerRoom } from '../lib/wiring/mail-server'
import { newKey } from '../lib/wiring/mail-server.fixture'
import { createOutward } from '../lib/wiring/outward'
import { sendersKnown } from '../lib/wiring/senders-known'
import { type Simulator, startSimulator } from '../simulator/simulator'

/** As the deployment's file of clouds would have it. */
const cloudOf = ({ ready }: Simulator): Cloud => ({
  ...ready.cloud,
  tokenExchangeAudience: ready.federation.audience,
})

/** As App Service's own variables have it. */
const identityOf = ({ ready }: Simulator): Environment['managedIdentity'] => ({
  endpoint: new URL(ready.identityEndpoint),
  service: { kind: 'app-service', header: new Redacted(ready.identityHeader) },
  clientId: ready.managedIdentity?.clientId ?? '',
})

/**
 * A false Microsoft for the whole file and a database of its own for each test. Both start as they were made.
 *
 * @param federated whether the deployment vouches for the console: by a token file, and by a managed identity
 * @param movesDate whether time that passes moves `Date` itself: MSAL knows no other clock, and signs a certificate's assertion
 *   for the time that it sees
 */
export function credentialsWorld({ federated, movesDate = false }: { federated: boolean; movesDate?: boolean }) {
  let folder: string
  let simulator: Simulator
  let database: TestDatabase
  let aheadMs = 0
  const keys = [newKey('k1')]
  const vault = createVault(keys, systemClock)
  const clock: Clock = {
    now: () => new Date(Date.now() + aheadMs),
    monotonicMs: () => performance.now() + aheadMs,
  }

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'credentials-'))
    simulator = await startSimulator({ dataDir: folder })
  })
  afterAll(async () => {
    await simulator.close()
    rmSync(folder, { recursive: true })
  })
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

    /** A change at Microsoft, by the simulator's control; what it made. */
    async change(name: string, body: object = {}): Promise<Record<string, string>> {
      const answer = await fetch(`${simulator.ready.controlUrl}/world/${name}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })
      if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`)
      return ((await answer.json()) as { made: Record<string, string> }).made
    },

    /** A process of its own: nothing is shared with another but the database. */
    rooms(crash?: CrashPoint) {
      const { db } = database
      const environment = {
        baseUrl: new URL('https://console.contoso.example'),
        clouds: [...BUILT_IN_CLOUDS, cloudOf(simulator)],
        keys,
        allowNetworks: ['localhost'],
        allowPorts: [simulator.ready.smtpPort],
        allowPlaintextSmtp: true,
        federatedTokenFile: federated ? simulator.ready.federation.tokenFile : null,
        managedIdentity: federated ? identityOf(simulator) : null,
      }
      const outward = createOutward({ environment, clock }, { ca: [simulator.caPem] })
      const known = sendersKnown({ environment, db, vault })
      const common = { environment, clock, db, vault, audit: auditLog(db, clock), outward, known }
      return { mail: mailServerRoom(common), credentials: credentialsRoom(common, crash ? { crash } : {}) }
    },

    /** The Mail server form, filled in for the simulator's own application. */
    fields: (change: object = {}) => ({
      type: 'exchange-online-oauth2',
      senderAddress: simulator.ready.sender,
      senderName: 'Contoso',
      cloud: simulator.ready.cloud.id,
      tenantId: simulator.ready.tenantId,
      clientId: simulator.ready.clientId,
      clientSecretChange: 'replace',
      clientSecret: simulator.ready.clientSecret,
      secretExpiresAt: '2099-12-31',
      ...change,
    }),
  }
}
