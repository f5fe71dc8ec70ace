import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { createDb, direct, read } from './client'
import { databaseCause, isDatabaseAway } from './outage'

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
    // As a standby, or as a server that its administrator has made read-only.
    const readOnly = db.$transaction(async (tx) => {
      await tx.$executeRaw`SET TRANSACTION READ ONLY`
      await tx.operator.deleteMany()
    })
    expect(isDatabaseAway(await thrown(readOnly))).toBe(true)
  } finally {
    await drop()
  }
})

test('F-51 the internal error that a new session of PostgreSQL 15 meets on a full volume is a full volume, by whichever way the statement went', async () => {
  const { db, drop } = await freshDatabase()
  const failing = (text: string) =>
    `CREATE OR REPLACE FUNCTION failing() RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '${text}' USING ERRCODE = 'XX000'; END $$`
  const causes = async (text: string) => {
    await db.$executeRawUnsafe(failing(text))
    const thrown = await Promise.allSettled([
      db.$queryRaw`SELECT failing()`,
      direct(db)`/* prepared: outage-full */ SELECT failing()`,
    ])
    return thrown.map((each) => each.status === 'rejected' && databaseCause(each.reason))
  }
  try {
    expect(await causes('could not write init file')).toEqual(['full', 'full'])
    expect(await causes('cache lookup failed')).toEqual([null, null])
  } finally {
    await drop()
  }
})

test('a lock that is not released in time has its own cause, by whichever way the statement went', async () => {
  const { db: holder, url, drop } = await freshDatabase()
  const db = createDb(new Redacted(url), testChainKeys, 0.05)
  const causes = await holder.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "Operator" IN ACCESS EXCLUSIVE MODE`
    const thrown = await Promise.allSettled([
      db.operator.count(),
      db.$queryRaw`SELECT count(*) FROM "Operator"`,
      db.$transaction((own) => own.operator.deleteMany()),
      direct(db)`/* prepared: outage-locked */ SELECT count(*) FROM "Operator"`,
      read(db)`/* prepared: outage-locked-read */ SELECT count(*) FROM "Operator"`,
    ])
    return thrown.map((each) => each.status === 'rejected' && databaseCause(each.reason))
  })
  await db.$disconnect()
  await drop()
  expect(causes).toEqual(Array(5).fill('locked'))
})

/** Another process runs the statement to its end, and this one handles no event until then. */
function whileStopped(url: string, statement: string): void {
  const program = `import pg from 'pg'; const client = new pg.Client(process.argv[1]); await client.connect()
    await client.query(process.argv[2]); await client.end()`
  execFileSync(process.execPath, ['--input-type=module', '--eval', program, url, statement])
}

test('so is one that was ended while this process was busy, when its next statement cannot be written', async () => {
  const { db, url, drop } = await freshDatabase()
  try {
    const pid = () => read(db)<{ pid: number }>`/* prepared: outage-pid */ SELECT pg_backend_pid() AS pid`
    const [own] = await pid()
    whileStopped(url, `SELECT pg_terminate_backend(${own?.pid}, 5000)`)
    const ended = await Promise.allSettled([pid(), pid(), pid()])
    expect(ended.map((each) => each.status === 'rejected' && isDatabaseAway(each.reason))).toEqual([true, true, true])
  } finally {
    await drop()
  }
})

test('so is one whose transaction was undone because this process was stopped within it', async () => {
  const { db, url, drop } = await freshDatabase()
  const stopped = db.$transaction(async (tx) => {
    const [own] = await tx.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`
    await tx.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = '10ms'`
    whileStopped(
      url,
      `DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${own.pid}) LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$`,
    )
    await tx.operator.count()
  })
  const thrown = await stopped.catch((error: unknown) => error).finally(drop)
  expect(isDatabaseAway(thrown)).toBe(true)
})

/** A message of PostgreSQL's protocol. */
function message(type: string, text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + text.length)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(text, 'latin1')])
}

test.each([
  ['cut off', (socket: Socket) => socket.resetAndDestroy()],
  ['ended by the server', (socket: Socket) => socket.end(message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0'))],
])('so is one that is %s while it commits', async (_, end) => {
  const { url, drop } = await freshDatabase()
  const { port, href } = new URL(url)
  const between = createServer((client) => {
    const server = connect(Number(port), '127.0.0.1')
    for (const socket of [client, server]) socket.on('error', () => {}).once('close', () => server.destroy())
    server.pipe(client)
    client.on('data', (data) => (data.includes('COMMIT\0') ? end(client) : server.write(data)))
  })
  await once(between.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = between.address() as AddressInfo
  const db = createDb(new Redacted(href.replace(`:${port}/`, `:${own}/`)), testChainKeys)
  try {
    const thrown = await db.$transaction((tx) => tx.operator.count()).catch((error: unknown) => error)
    expect(isDatabaseAway(thrown)).toBe(true)
  } finally {
    await db.$disconnect()
    between.close()
    await drop()
  }
})

test('so is one that is ended in the moment in which it becomes ready, and this process continues', async () => {
  const ready = [message('R', '\0\0\0\0'), message('Z', 'I')]
  const shutDown = message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0')
  const server = createServer(
    (socket) => void socket.once('data', () => socket.end(Buffer.concat([...ready, shutDown]))),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const db = createDb(new Redacted(`postgresql://postgres@127.0.0.1:${port}/postgres`), testChainKeys)
  const thrown = await db.$transaction((tx) => tx.operator.count()).catch((error: unknown) => error)
  expect(isDatabaseAway(thrown)).toBe(true)
  await db.$disconnect()
  server.close()
})

test.each([
  ['refuses connections', (socket: Socket) => socket.resetAndDestroy()],
  ['ends each connection', (socket: Socket) => socket.end()],
])('so is a server that %s, for a statement of ours too', async (_, end) => {
  const server = createServer((socket) => void end(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const db = createDb(new Redacted(`postgresql://postgres@127.0.0.1:${port}/postgres`), testChainKeys)
  const thrown = () => db.$queryRaw`SELECT 1`.catch((error: unknown) => error)
  expect(isDatabaseAway(await thrown())).toBe(true)
  server.close()
  expect(isDatabaseAway(await thrown())).toBe(true)
  await db.$disconnect()
})
