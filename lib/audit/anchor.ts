import { createHmac, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { ChainKeys } from '../crypto/audit-keys'
import type { ChainEnd } from './log'

/**
 * The end of the record as it was last seen, kept outside the database: rows that are removed from the end leave nothing else
 * behind that could be checked.
 */
export interface AnchorFile {
  /** Null when there is none. `unreadable`: it was not written under a key that is here. */
  read(): ChainEnd | 'unreadable' | null
  /** A crash leaves the old anchor or the new one. */
  write(end: ChainEnd): void
}

const content = z.strictObject({
  sequence: z.string().regex(/^\d+$/),
  hash: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  hmac: z.string(),
})

export const anchorPath = (dataDir: string): string => path.join(dataDir, 'audit-anchor.json')

export function anchorFile(dataDir: string, keys: ChainKeys): AnchorFile {
  const file = anchorPath(dataDir)
  const macOf = ({ sequence, hash, at }: ChainEnd, key: Buffer): string =>
    createHmac('sha256', key)
      .update(JSON.stringify(['anchor', sequence.toString(), hash, at.toISOString()]))
      .digest('hex')
  return {
    read() {
      let text: string
      try {
        text = readFileSync(file, 'utf8')
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
        return 'unreadable'
      }
      const parsed = content.safeParse(jsonOf(text))
      if (!parsed.success) return 'unreadable'
      const { sequence, hash, at, keyId, hmac } = parsed.data
      const end = { sequence: BigInt(sequence), hash, at: new Date(at) }
      const key = keys.all.find(({ id }) => id === keyId)?.key
      return key && macOf(end, key) === hmac ? end : 'unreadable'
    },
    write(end) {
      const { id, key } = keys.current
      const { sequence, hash, at } = end
      const line = { sequence: sequence.toString(), hash, at: at.toISOString(), keyId: id, hmac: macOf(end, key) }
      const draft = `${file}.${randomUUID()}`
      try {
        const handle = openSync(draft, 'wx', 0o600)
        try {
          writeSync(handle, `${JSON.stringify(line)}\n`)
          fsyncSync(handle)
        } finally {
          closeSync(handle)
        }
        renameSync(draft, file)
      } finally {
        rmSync(draft, { force: true })
      }
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
