import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { ChainKeys } from '../crypto/audit-keys'
import type { Clock, Redacted } from '../kernel'
import { processWide } from '../kernel/process-wide'
import { connectionOf } from './connection'
import { type Prisma, PrismaClient } from './generated/client'
import { createPipeline, IDLE_MS, type Pipeline } from './pipeline'
import { BudgetedClient, budgeted } from './time-budget'

export type Db = PrismaClient
/** What a function gets inside `db.$transaction(async (tx) => …)`. */
export type Tx = Prisma.TransactionClient
/** What a caller of another module stores in the transaction of an operation, such as a secret that is shown once. */
export type Keep<T> = (tx: Tx, value: T) => Promise<void>

/** What operations need that read, or change something at the clock's time. */
export interface DbDeps {
  db: Db
  clock: Clock
}

/**
 * How long a transaction waits for a connection, and then may take. A statement that waits for a lock is not interrupted: it ends with that
 * lock, or when the server gives up (`LOCKED_S`), and its transaction is undone.
 */
export const QUEUE_MS = 10_000

/** Connections of one client, of which a worker has two. Console, worker and listener together stay below PostgreSQL's default of 100. */
const POOL_MAX = 10
const DIRECT_MAX = 5
const CONNECT_TIMEOUT_MS = 5_000
/**
 * Direct statements are planned once, and find each row by its key. A plan that was made while few messages waited would otherwise read
 * the whole table, or every entry that an index has had since it was last cleared, for as long as the connection lives.
 */
const BY_KEY =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off'

/**
 * A transaction that waits longer for its next statement is undone: its process was stopped, as a suspended machine is, while others wait for
 * its locks. No transaction of ours waits for anything else.
 */
const NOT_IDLE = '-c idle_in_transaction_session_timeout=30s'

/**
 * A statement whose client has gone, as a page that waited long enough, ends within a second. PostgreSQL before 14 and on Windows does not
 * know it. No `statement_timeout`: that would also end the wait for a standby, and the commit would count.
 */
const LEFT = "SET client_connection_check_interval = '1s'"

/**
 * A statement that waits longer for a lock is undone. SMTP clients then get 451. They would otherwise give up without knowing whether their
 * message is stored. The log of the worker says why nothing is sent.
 */
const LOCKED_S = 20

/** A statement that begins with this comment is parsed and planned once for each connection, which saves the outbox half the work. */
const PREPARED = /^\/\* prepared: ([\w-]+) \*\//

/**
 * One per process. It connects on the first query and reconnects after the database was away, each time with the
 * settings that durable commits and true instants need.
 *
 * @param keys what its audit entries are chained under. They travel with the client, so that no transaction can write a row without. Null
 * for a process that writes none.
 * @param lockedS how long a statement waits for a lock
 */
export function createDb(databaseUrl: Redacted, keys: ChainKeys | null, lockedS = LOCKED_S): Db {
  const connection = (settings = ''): pg.ClientConfig => ({
    ...connectionOf(databaseUrl, 'postroom', `${NOT_IDLE} -c lock_timeout=${lockedS}s ${settings}`),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  const open = (max: number, settings?: string): pg.Pool => {
    const pool = new pg.Pool({
      ...connection(settings),
      max,
      idleTimeoutMillis: IDLE_MS,
      Client: BudgetedClient,
      onConnect: (client) => client.query(LEFT).catch(() => {}),
    })
    pool.on('error', () => {}) // An idle connection failed: the next query gets another one.
    // The server may end a connection at the moment at which the pool hands it out. The next query over it fails then.
    pool.on('connect', (client) => client.on('error', () => {}))
    return budgeted(pool)
  }
  const [pool, near] = [open(POOL_MAX), open(DIRECT_MAX, BY_KEY)]
  const pipeline = createPipeline(connection(BY_KEY))
  const transactionOptions = { maxWait: QUEUE_MS, timeout: QUEUE_MS }
  const plain = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal', transactionOptions })
  let ended: Promise<unknown> | null = null
  // The client ends its pool only if it has sent a statement itself, and knows nothing of the direct ways.
  const $disconnect = async () => {
    await plain.$disconnect()
    ended ??= Promise.all([pool.end(), near.end(), pipeline.end()])
    await ended
  }
  const db = plain.$extends({ client: { $chainKeys: () => keys, $disconnect } }) as unknown as Db
  ways.set(db, { direct: near, read: pipeline })
  return db
}

/** The keys that a client, or a transaction of it, was made with. */
export function chainKeysOf(db: Db | Tx): ChainKeys {
  const keys = (db as unknown as { $chainKeys(): ChainKeys | null }).$chainKeys()
  if (!keys) throw new Error('This process writes no audit entry')
  return keys
}

/** How each client sends direct statements. The console has this module twice, but one client. */
type Ways = Record<'direct' | 'read', Pick<Pipeline, 'query'>>
const [knownWays, setWays] = processWide<WeakMap<object, Ways>>('ways-of-databases')
const ways = knownWays() ?? new WeakMap()
setWays(ways)
const texts = new WeakMap<TemplateStringsArray, { name: string; text: string }>()

const over =
  (name: keyof Ways) =>
  (db: Db | Tx) =>
  async <Row extends object>(strings: TemplateStringsArray, ...values: unknown[]): Promise<Row[]> => {
    const way = ways.get(db)?.[name]
    if (!way) return db.$queryRaw<Row[]>(strings, ...values)
    return (await way.query<Row>({ ...named(strings), values })).rows
  }

/**
 * For what runs for every message: a statement over a connection of our own, because Prisma's client costs as much as the statement
 * itself. Inside a transaction it is an ordinary raw query of that transaction. Times come back as `Date`, `bigint` as text.
 */
export const direct = over('direct')

/**
 * The same for what every page reads. Only for statements that are short and wait for no lock: those behind them wait along
 * (docs/decisions/0049).
 */
export const read = over('read')

/** Each statement occurs in the source once, so its place there is its identity. */
function named(strings: TemplateStringsArray): { name: string; text: string } {
  const known = texts.get(strings)
  if (known) return known
  const text = strings.reduce((before, part, index) => `${before}$${index}${part}`)
  const name = PREPARED.exec(text)?.[1]
  if (name === undefined) throw new Error('A direct statement without a name')
  texts.set(strings, { name, text })
  return { name, text }
}
