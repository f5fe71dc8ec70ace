import { PrismaPg } from '@prisma/adapter-pg'
import type { Redacted } from '../kernel/redacted'
import { connectionOf } from './connection'
import { type Prisma, PrismaClient } from './generated/client'

export type Db = PrismaClient
/** What a story gets inside `db.$transaction(async (tx) => …)`. */
export type Tx = Prisma.TransactionClient

/** Connections of one process. Console and worker together stay well below PostgreSQL's default of 100. */
const POOL_MAX = 10
const CONNECT_TIMEOUT_MS = 5_000

/** A statement that begins with this comment is parsed and planned once for each connection: of the outbox's, that is half the work. */
const PREPARED = /^\/\* prepared: ([\w-]+) \*\//
const UNNAMED = ''

/**
 * One per process. It connects on the first query and again by itself after the database was away, each time with the
 * settings that durable commits and true instants need.
 */
export function createDb(databaseUrl: Redacted): Db {
  const adapter = new PrismaPg(
    {
      ...connectionOf(databaseUrl, 'postroom'),
      max: POOL_MAX,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
    },
    { statementNameGenerator: ({ sql }) => PREPARED.exec(sql)?.[1] ?? UNNAMED },
  )
  return new PrismaClient({ adapter, errorFormat: 'minimal' })
}
