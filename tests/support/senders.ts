import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createDatabaseClock } from '../../lib/db'
import type { RawFields } from '../../lib/mail-server'
import { createSenders } from '../../lib/mail-server/senders'
import type { PolicyRules } from '../../lib/policy'
import type { SenderWay } from '../../lib/policy/sender'
import { newestRevision } from '../../lib/policy/store'
import { composeCredentials } from '../../lib/services/credentials'
import { composeMailServers } from '../../lib/services/mail-server'
import { createOutbox, type OutboxOverrides } from '../../lib/services/outbox'
import { composePolicy } from '../../lib/services/policy'
import { freshDatabase, type TestDatabase } from './database'
import { caller, newKey, saved } from './mail-server'
import { aMessage, SERVER_ID } from './outbox'
import { savePolicyRules } from './saved-policy'
import { changeAtMicrosoft, type Simulated, simulatedFields } from './simulated'
import { worldAt } from './world'

type Parts = {
  simulator: Simulated
  database: TestDatabase
  keys: ReturnType<typeof newKey>[]
  overrides: OutboxOverrides
}

function servicesOf({ simulator, database, keys, overrides }: Parts) {
  const { cloud, federation, smtpPort } = simulator.ready
  const common = worldAt({
    db: database.db,
    url: database.url,
    keys,
    ports: [smtpPort],
    ca: [simulator.caPem],
    clouds: [{ ...cloud, tokenExchangeAudience: federation.audience }],
  })
  const { clock, db, audit, senderCache } = common
  const mailServers = composeMailServers(common)
  const mailServer = mailServers.of(SERVER_ID)
  const credentials = composeCredentials(common)
  const rules = composePolicy({ clock, db, audit, mailServers, senders: senderCache })
  const senders = createSenders({ db, clock, audit, servers: mailServers, senderCache })
  const outbox = createOutbox(
    { ...common, clock: createDatabaseClock(db, clock), credentials, rules, senders: senderCache },
    overrides,
  )
  return { common, mailServers, mailServer, rules, senderCache, senders, outbox }
}

export type SendersWorld<S extends Simulated> = Awaited<ReturnType<typeof sendersWorld<S>>>

/** For tests only: an organisation at the simulated Exchange Online, whose console has the services that it ships with. */
export async function sendersWorld<S extends Simulated>(
  start: (options: { dataDir: string }) => Promise<S>,
  overrides: OutboxOverrides = { messageRestMs: 0 },
) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'senders-'))
  const [simulator, database] = await Promise.all([start({ dataDir: folder }), freshDatabase()])
  const keys = [newKey('k1')]
  const services = servicesOf({ simulator, database, keys, overrides })
  const ending: (() => Promise<void>)[] = []
  let version = 0
  const exchange: RawFields = simulatedFields(simulator)
  return {
    simulator,
    database,
    services,
    /** As after the first two steps of a rotation of the sealing key. */
    restartedWithNewKey: () => servicesOf({ simulator, database, keys: [newKey('k2'), ...keys], overrides }),
    /** Saves the mail server's page. */
    async saveServer(change: RawFields = {}) {
      const written = await saved(services.mailServer, { ...exchange, ...change }, version)
      if (!written.ok) throw new Error(JSON.stringify(written.error))
      version = written.value.version
    },
    /** One more mail server, at the same Exchange Online; its id. */
    async addServer(name: string) {
      const added = await services.mailServers.add(caller, name)
      if (!added.ok) throw new Error(JSON.stringify(added.error))
      const written = await saved(services.mailServers.of(added.value.id), exchange, 0)
      if (!written.ok) throw new Error(JSON.stringify(written.error))
      return added.value.id
    },
    async saveRules(rules: PolicyRules) {
      const written = await savePolicyRules(database.db, rules, await newestRevision(database.db))
      if (!written.ok) throw new Error(written.error)
    },
    /** Writes a sender, as an administrator enters it. */
    async enter(address: string, way: SenderWay) {
      const row = { way, addedBy: 'admin@contoso.example', addedAt: new Date() }
      const { db } = database
      await db.sender.create({ data: { mailServerId: SERVER_ID, address, ...row } })
      await db.mailServer.update({ where: { id: SERVER_ID }, data: { sendersVersion: { increment: 1 } } })
    },
    change: (name: string, body?: object) => changeAtMicrosoft(simulator, name, body),
    /** Accepts a message on behalf of this person; its id. */
    async send(originator: string | null, recipients: string[]) {
      const accepted = await services.outbox.accept({ ...(await aMessage('as whom', recipients)), originator })
      if (!accepted.ok) throw new Error(accepted.error)
      return accepted.value.id
    },
    /** Delivers until the test ends. */
    async deliver(outbox = services.outbox) {
      const delivery = await outbox.deliver()
      ending.push(() => delivery.stop(1_000))
    },
    async end() {
      for (const end of ending) await end()
      await database.drop()
      await simulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}
