import { expect, test } from 'vitest'
import { freshDatabase } from '../../tests/support/database'
import { direct } from './client'
import { isDatabaseAway } from './outage'

/** The server ends the connection in the middle of a statement, as it does when it is stopped or killed. */
const ENDED = 'SELECT pg_terminate_backend(pg_backend_pid())'

test('a connection that the server ends is a database that is away, by whichever way the statement went', async () => {
  const { db, drop } = await freshDatabase()
  try {
    const thrown = async (statement: Promise<unknown>) => statement.then(() => null).catch((error: unknown) => error)
    expect(isDatabaseAway(await thrown(db.$queryRawUnsafe(ENDED)))).toBe(true)
    expect(
      isDatabaseAway(await thrown(direct(db)`/* prepared: outage */ SELECT pg_terminate_backend(pg_backend_pid())`)),
    ).toBe(true)
    // A statement that Prisma wrote itself, over a connection that was ended from elsewhere.
    const written = db.$transaction(async (tx) => {
      const [own] = await tx.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`
      await db.$queryRaw`SELECT pg_terminate_backend(${own.pid}::int)`
      await tx.operator.count()
    })
    expect(isDatabaseAway(await thrown(written))).toBe(true)
    expect(isDatabaseAway(await thrown(db.$queryRawUnsafe('SELECT 1 / 0')))).toBe(false)
  } finally {
    await drop()
  }
})
