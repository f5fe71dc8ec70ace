import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { Environment } from '../../lib/config/environment'
import { createCertificates } from '../../lib/crypto/certificates'
import type { KeyPair } from '../../lib/crypto/certificates/make'
import type { Db } from '../../lib/db'
import type { Clock, Cloud, Vault } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { composeCredentials } from '../../lib/services/credentials'
import { composeMailServer, composeMailServers } from '../../lib/services/mail-server'
import type { Simulator } from '../../simulator/simulator'
import { type CrashPoint, crashingCredentials } from './crashing-credentials'
import { sharedClock, worldAt } from './world'

/** A deployment that knows the simulated Microsoft as its only cloud of that kind. */
export interface TestDeployment extends Pick<Simulator, 'ready' | 'caPem'> {
  db: Db
  keys: Environment['keys']
  vault: Vault
  clock: Clock
  /** Whether the deployment identifies the console, by a token file and by a managed identity. */
  federated: boolean
}

export const servicesAt = ({ ready, caPem, federated, ...place }: TestDeployment) =>
  worldAt({
    ...place,
    clouds: [cloudOf(ready)],
    ports: [ready.smtpPort],
    ca: [caPem],
    ...(federated && {
      identity: { federatedTokenFile: ready.federation.tokenFile, managedIdentity: identityOf(ready) },
    }),
  })

/**
 * The services of one process.
 *
 * @param time That of the database, if it differs from this machine's.
 */
export function credentialServicesAt(place: TestDeployment, crash?: CrashPoint, time = place.clock) {
  const common = { ...servicesAt(place), clock: sharedClock(time) }
  return {
    mail: composeMailServer(common),
    servers: composeMailServers(common),
    credentials: crash
      ? crashingCredentials(crash, common, certificates)
      : composeCredentials(common, { certificates }),
  }
}

/** More certificates than an application has at once. */
const KEY_PAIRS = 6
const pairs: Promise<KeyPair>[] = []
let used = 0
/** Shorter than the product's, which takes half a second of processor time instead of an eighth. */
const newKeyPair = (): Promise<KeyPair> =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
/** Tests share them. The certificates of one test have different ones. */
const certificates = createCertificates(() => {
  const nth = used++ % KEY_PAIRS
  pairs[nth] ??= newKeyPair()
  return pairs[nth]
})

/** Real time, moved ahead. */
export const clockAhead = (aheadMs: () => number): Clock => ({
  now: () => new Date(Date.now() + aheadMs()),
  monotonicMs: () => performance.now() + aheadMs(),
})

/** The cloud as the deployment's clouds file would define it. */
const cloudOf = ({ cloud, federation }: Simulator['ready']): Cloud => ({
  ...cloud,
  tokenExchangeAudience: federation.audience,
})

/** The identity as the variables of App Service define it. */
const identityOf = (ready: Simulator['ready']): Environment['managedIdentity'] => ({
  endpoint: new URL(ready.identityEndpoint),
  service: { kind: 'app-service', header: new Redacted(ready.identityHeader) },
  clientId: ready.managedIdentity?.clientId ?? '',
})
