import { createHash, randomUUID } from 'node:crypto'
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { fail, messageOf, ok, type Result } from '../../kernel'
import type { DerivedKey } from '../../kernel/derive-key'
import { syncFolder } from '../../kernel/durable-files'
import { isDiskFull } from '../outage'
import { type BackupHeader, ROWS_END } from './header'
import { signatureOf } from './signature'

/** `exists`: nothing is overwritten unasked. `not-written`: the system's own words, and what to do. */
export type WriteFault = { kind: 'exists'; file: string } | { kind: 'not-written'; file: string; message: string }

/** Rows of one table in PostgreSQL's text format of COPY, cut anywhere. */
export interface TableRows {
  name: string
  rows: AsyncIterable<Buffer>
}

/** Level 3 took a third of level 6's time for a twentieth more bytes on rows like ours. */
const GZIP_LEVEL = 3

/** Suffix of the file that a killed write leaves next to its target. It may be removed. */
export const UNFINISHED = '.part'

/**
 * Writes one backup: whole under its name, or not there. Holds a few chunks in memory, however large the tables are. Returns the file's size
 * in bytes. What `tables` throws is thrown.
 */
export async function writeBackup(
  file: string,
  header: Omit<BackupHeader, 'signedBy'>,
  tables: AsyncIterable<TableRows>,
  { force, key }: { force: boolean; key: DerivedKey | null },
): Promise<Result<{ bytes: number }, WriteFault>> {
  const message = placeProblem(file)
  if (message !== null) return fail({ kind: 'not-written', file, message })
  if (!force && existsSync(file)) return fail({ kind: 'exists', file })
  const unfinished = `${file}.${randomUUID()}${UNFINISHED}`
  let failure: unknown = null

  async function* content(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    const hashed = (bytes: Buffer): Buffer => {
      hash.update(bytes)
      return bytes
    }
    try {
      yield hashed(lineOf({ ...header, signedBy: key?.id ?? null } satisfies BackupHeader))
      for await (const { name, rows } of tables) {
        yield hashed(lineOf({ table: name }))
        for await (const bytes of rows) yield hashed(bytes)
        yield hashed(ROWS_END)
      }
    } catch (thrown) {
      failure = thrown
      throw thrown
    }
    const sha256 = hash.digest('hex')
    yield lineOf(key ? { sha256, hmac: signatureOf(sha256, key) } : { sha256 })
  }

  try {
    const handle = await open(unfinished, 'wx', 0o600)
    // Durable before it gets its name.
    const output = handle.createWriteStream({ flush: true })
    await pipeline(content(), createGzip({ level: GZIP_LEVEL }), output)
    const { size } = statSync(unfinished)
    const named = giveName(unfinished, file, force)
    return named ? ok({ bytes: size }) : fail({ kind: 'exists', file })
  } catch (thrown) {
    if (failure !== null) throw failure
    const remedy = isDiskFull(thrown) ? `. Free space in ${path.dirname(file)}` : ''
    return fail({ kind: 'not-written', file, message: messageOf(thrown).replaceAll(unfinished, file) + remedy })
  } finally {
    if (existsSync(unfinished)) rmSync(unfinished)
  }
}

/** Why no file can be written there, or null. A rename would put the file in the place of a device. */
function placeProblem(file: string): string | null {
  if (existsSync(file)) return statSync(file).isFile() ? null : notAFile(file)
  const folder = path.dirname(file)
  return existsSync(folder) ? null : `there is no folder ${folder}`
}

export const notAFile = (name: string): string => `${name} is a folder or a device. Name a file`

const lineOf = (content: object): Buffer => Buffer.from(`${JSON.stringify(content)}\n`)

/** @returns false when another file has the name by now. */
function giveName(unfinished: string, file: string, force: boolean): boolean {
  if (force) {
    renameSync(unfinished, file)
  } else {
    try {
      linkSync(unfinished, file)
    } catch (thrown) {
      if (existsSync(file)) return false
      const { code } = thrown as NodeJS.ErrnoException
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown
      renameSync(unfinished, file) // a file system without links
    }
  }
  syncFolder(path.dirname(file))
  return true
}
