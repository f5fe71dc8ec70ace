import { createAuditLog } from '../../lib/audit'
import type { Environment } from '../../lib/config/environment'
import { createVault } from '../../lib/crypto/vault'
import type { Db, SharedClock } from '../../lib/db'
import { type Clock, type Logger, systemClock, type Vault } from '../../lib/kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../../lib/kernel/mail-server-settings'
import { Redacted } from '../../lib/kernel/redacted'
import { createSenderCache } from '../../lib/mail-server/senders/cache'
import { createVendorClients } from '../../lib/services/vendor-clients'

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** In place of the database's time, which no test can move. A clock of the database remains as it is. */
export const sharedClock = (own: Clock): SharedClock => ({ current: async () => own.now(), ...own })

interface Options extends Partial<Pick<Environment, 'keys' | 'allowNetworks' | 'allowPlaintextSmtp'>> {
  db: Db
  /** Needed where connections are opened in addition to those of `db`. */
  url?: string
  /** Those of tests, in addition to Microsoft's own. */
  clouds?: readonly Cloud[]
  /** Of mail servers on this machine. */
  ports: readonly number[]
  /** PEM of the authorities that certified the servers of a test. */
  ca?: readonly string[]
  /** Identify the console at Microsoft. */
  identity?: Pick<Environment, 'federatedTokenFile' | 'managedIdentity'>
  clock?: Clock
  vault?: Vault
  log?: Logger
}

/** What the services of one process are made of, composed as in production. Processes share nothing but the database. */
export function worldAt({ db, url = '', clouds = [], ports, ca = [], keys = [], ...rest }: Options) {
  const { allowNetworks = ['localhost'], allowPlaintextSmtp = true, clock: own = systemClock, log = quiet } = rest
  const clock = sharedClock(own)
  const environment = {
    baseUrl: new URL('https://console.contoso.example'),
    databaseUrl: new Redacted(url),
    clouds: [...BUILT_IN_CLOUDS, ...clouds],
    keys,
    allowNetworks,
    allowPorts: [...ports],
    allowPlaintextSmtp,
    ...(rest.identity ?? { federatedTokenFile: null, managedIdentity: null }),
  }
  const vault = rest.vault ?? createVault(keys, clock)
  const vendors = createVendorClients({ environment, clock }, { ca: [...ca] })
  const senderCache = createSenderCache({ environment, db })
  return {
    environment,
    baseUrl: environment.baseUrl,
    clock,
    db,
    vault,
    audit: createAuditLog(db, clock),
    vendors,
    senderCache,
    log,
  }
}
