import type { Environment } from '../../lib/config/environment'
import { createLog } from '../../lib/config/logger'
import type { CrashPoint } from '../../lib/credentials/deps'
import { createCertificates } from '../../lib/crypto/certificates'
import { type KeyPair, newKeyPair } from '../../lib/crypto/certificates/make'
import type { Db } from '../../lib/db/client'
import type { Clock } from '../../lib/kernel/clock'
import { BUILT_IN_CLOUDS, type Cloud } from '../../lib/kernel/clouds'
import { Redacted } from '../../lib/kernel/redacted'
import type { Vault } from '../../lib/kernel/sealing'
import { sendersKnown } from '../../lib/mail-server/senders/cache'
import { auditLog } from '../../lib/services/audit'
import { composeCredentials } from '../../lib/services/credentials'
import { composeMailServer } from '../../lib/services/mail-server'
import { createClients } from '../../lib/services/microsoft'
import type { Simulator } from '../../simulator/simulator'

/** A deployment that knows the simulated Microsoft as its only cloud of that kind. */
export interface TestDeployment extends Pick<Simulator, 'ready' | 'caPem'> {
  db: Db
  keys: Environment['keys']
  vault: Vault
  clock: Clock
  /** Whether the deployment vouches for the console: by a token file, and by a managed identity. */
  federated: boolean
}

/** What the rooms of one process are made of, wired as in production. Nothing is shared with another but the database. */
export function servicesAt({ ready, caPem, db, keys, vault, clock, federated }: TestDeployment) {
  const environment = {
    baseUrl: new URL('https://console.contoso.example'),
    clouds: [...BUILT_IN_CLOUDS, cloudOf(ready)],
    keys,
    allowNetworks: ['localhost'],
    allowPorts: [ready.smtpPort],
    allowPlaintextSmtp: true,
    federatedTokenFile: federated ? ready.federation.tokenFile : null,
    managedIdentity: federated ? identityOf(ready) : null,
  }
  const clients = createClients({ environment, clock }, { ca: [caPem] })
  const known = sendersKnown({ environment, db, vault })
  const log = createLog({ level: 'silent', process: 'test' })
  return { environment, clock, db, vault, audit: auditLog(db, clock), clients, known, log }
}

/** The rooms of one process. */
export function credentialServicesAt(place: TestDeployment, crash?: CrashPoint) {
  const common = servicesAt(place)
  return {
    mail: composeMailServer(common),
    credentials: composeCredentials(common, { certificates, ...(crash && { crash }) }),
  }
}

/** More than an application has at once. */
const KEY_PAIRS = 6
const pairs: Promise<KeyPair>[] = []
let taken = 0
/** Half a second of processor time each: certificates of the same test have different ones, those of many tests take turns. */
const certificates = createCertificates(() => {
  const nth = taken++ % KEY_PAIRS
  pairs[nth] ??= newKeyPair()
  return pairs[nth]
})

/** Real time, moved ahead. */
export const clockAhead = (aheadMs: () => number): Clock => ({
  now: () => new Date(Date.now() + aheadMs()),
  monotonicMs: () => performance.now() + aheadMs(),
})

/** As the deployment's file of clouds would have it. */
const cloudOf = ({ cloud, federation }: Simulator['ready']): Cloud => ({
  ...cloud,
  tokenExchangeAudience: federation.audience,
})

/** As App Service's own variables have it. */
const identityOf = (ready: Simulator['ready']): Environment['managedIdentity'] => ({
  endpoint: new URL(ready.identityEndpoint),
  service: { kind: 'app-service', header: new Redacted(ready.identityHeader) },
  clientId: ready.managedIdentity?.clientId ?? '',
})
