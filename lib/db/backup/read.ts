import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fail, ok, parseJson, type Result } from '../../kernel'
import type { DerivedKey } from '../../kernel/derive-key'
import { BACKUP_FORMAT, type BackupHeader, type BackupTable, backupHeader, endLine, tableLine } from './header'
import { Scanner } from './scanner'
import { type BackupOrigin, originOf } from './signature'
import { notAFile } from './write'

type EndLine = { sha256: string; hmac: string | undefined }

/**
 * `unreadable`: the system's own words. `not-a-backup`: something else. `newer-format`: a later build wrote it. `damaged`:
 * cut off or altered, so that none of it is trusted. `forged`: whole, but not as the key of ours that it names signed it.
 */
export type BackupFault =
  | { kind: 'unreadable'; message: string }
  | { kind: 'not-a-backup' }
  | { kind: 'newer-format'; format: number }
  | { kind: 'damaged'; message: string }
  | { kind: 'forged'; keyId: string }

/** Thrown while a backup is read; `inspectBackup` makes a value of it. */
export class BackupUnusable extends Error {
  constructor(readonly fault: BackupFault) {
    super(fault.kind)
  }
}

/** Reads the whole file once and believes it only then: nothing may be touched before. */
export async function inspectBackup(
  file: string,
  keys: readonly DerivedKey[],
): Promise<Result<Inspected, BackupFault>> {
  try {
    const { header, tables, end } = await openBackup(file)
    for await (const { rows } of tables) for await (const _ of rows);
    const { signedBy } = header
    const { sha256, hmac } = end()
    const origin = originOf({ signedBy, sha256, hmac }, keys)
    return origin === 'forged' ? fail({ kind: 'forged', keyId: signedBy ?? '' }) : ok({ header, origin, sha256 })
  } catch (thrown) {
    if (thrown instanceof BackupUnusable) return fail(thrown.fault)
    throw thrown
  }
}

/** `sha256` is of all before the end line. */
export type Inspected = { header: BackupHeader; origin: BackupOrigin; sha256: string }

/**
 * Holds a few chunks in memory, however large the tables are. Each table's rows are to be read before the next table; the end checks the
 * whole. Throws `BackupUnusable` here, or while rows are read.
 */
export async function openBackup(file: string) {
  const { bytes, size, consumed } = unzipped(file)
  const hash = createHash('sha256')
  const scanner = new Scanner(bytes, (bytesRead) => hash.update(bytesRead))
  const header = headerOf(await withFaults(scanner.line(), 'not-a-backup'))
  let end: EndLine | null = null

  async function* tables(): AsyncGenerator<{ table: BackupTable; rows: AsyncIterable<Buffer> }> {
    for (const table of header.tables) {
      const line = tableLine.safeParse(parsed(await withFaults(scanner.line())))
      if (!line.success || line.data.table !== table.name) throw damaged(`expected the table ${table.name}`)
      yield { table, rows: rowsOf(table, scanner) }
    }
    const sha256 = hash.copy().digest('hex')
    const line = endLine.safeParse(parsed(await withFaults(scanner.line())))
    if (!line.success) throw damaged('it has no checksum')
    if (line.data.sha256 !== sha256) throw damaged('its checksum does not fit')
    if (!(await withFaults(scanner.atEnd())) || consumed() !== size) throw damaged('something follows its end')
    end = { sha256, hmac: line.data.hmac }
  }

  return {
    header,
    end(): EndLine {
      if (end === null) throw new Error('The backup was not read to its end')
      return end
    },
    tables: tables(),
  }
}

function unzipped(file: string) {
  let size: number
  try {
    const place = statSync(file)
    if (!place.isFile()) throw new Error(notAFile(file))
    size = place.size
  } catch (thrown) {
    throw new BackupUnusable({ kind: 'unreadable', message: (thrown as Error).message })
  }
  // What fails is thrown to the reader.
  const gunzip = pipeline(createReadStream(file), createGunzip(), () => {})
  return { bytes: gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>, size, consumed: () => gunzip.bytesWritten }
}

function headerOf(line: Buffer | null): BackupHeader {
  const value = parsed(line)
  const { postroomBackup: format } = Object(value)
  if (typeof format !== 'number') throw new BackupUnusable({ kind: 'not-a-backup' })
  if (format > BACKUP_FORMAT) throw new BackupUnusable({ kind: 'newer-format', format })
  const header = backupHeader.safeParse(value)
  if (!header.success) throw damaged('its first line is not as it was written')
  return header.data
}

async function* rowsOf({ name, rows }: BackupTable, scanner: Scanner): AsyncGenerator<Buffer> {
  let count = 0
  const parts = scanner.rows()
  for (;;) {
    const part = await withFaults(parts.next())
    if (part.done) break
    for (let lineEnd = part.value.indexOf(10); lineEnd >= 0; lineEnd = part.value.indexOf(10, lineEnd + 1)) count++
    yield part.value
  }
  if (count !== rows) throw damaged(`${name} has ${count} rows instead of ${rows}`)
}

const parsed = (line: Buffer | null): unknown => line && parseJson(line.toString('utf8'))

export const damaged = (message: string): BackupUnusable => new BackupUnusable({ kind: 'damaged', message })

/** What zlib and the file system throw, as what it means for a backup. */
async function withFaults<T>(reading: Promise<T>, unzippable: 'damaged' | 'not-a-backup' = 'damaged'): Promise<T> {
  try {
    return await reading
  } catch (thrown) {
    if (thrown instanceof BackupUnusable || !(thrown instanceof Error)) throw thrown
    const { code = '' } = thrown as NodeJS.ErrnoException
    if (code.startsWith('Z_') && unzippable === 'not-a-backup') throw new BackupUnusable({ kind: 'not-a-backup' })
    if (code === 'Z_BUF_ERROR') throw damaged('it is cut off')
    if (code.startsWith('Z_')) throw damaged(thrown.message)
    throw new BackupUnusable({ kind: 'unreadable', message: thrown.message })
  }
}
