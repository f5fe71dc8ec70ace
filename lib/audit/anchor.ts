import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { ChainKeys } from '../crypto/audit-keys'
import { parseJson } from '../kernel'
import { removeDrafts, throughNoLink, writeDurably } from '../kernel/durable-files'
import type { ChainEnd } from './entry'

export type AnchorFile = ReturnType<typeof anchorFile>

const content = z.strictObject({
  sequence: z.string().regex(/^\d+$/),
  hash: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  hmac: z.string(),
})

export const anchorPath = (dataDir: string): string => path.join(dataDir, 'audit-anchor.json')

/** The last known end of the audit log, stored outside the database: it shows when rows were removed from the end. */
export function anchorFile(dataDir: string, keys: ChainKeys) {
  const file = anchorPath(dataDir)
  const macOf = ({ sequence, hash, at }: ChainEnd, key: Buffer): string =>
    createHmac('sha256', key)
      .update(JSON.stringify(['anchor', sequence.toString(), hash, at.toISOString()]))
      .digest('hex')
  return {
    /** Returns null if there is no anchor, and `unreadable` if it was not written under one of the keys. */
    read(): ChainEnd | 'unreadable' | null {
      let text: string
      try {
        text = throughNoLink(file, 'read', (handle) => readFileSync(handle, 'utf8'))
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
        return 'unreadable'
      }
      const parsed = content.safeParse(parseJson(text))
      if (!parsed.success) return 'unreadable'
      const { sequence, hash, at, keyId, hmac } = parsed.data
      const end = { sequence: BigInt(sequence), hash, at: new Date(at) }
      const key = keys.all.find(({ id }) => id === keyId)?.key
      return key && macOf(end, key) === hmac ? end : 'unreadable'
    },
    /** After a crash the file contains the old anchor or the new one. */
    write(end: ChainEnd): void {
      const { id, key } = keys.current
      const { sequence, hash, at } = end
      const line = { sequence: sequence.toString(), hash, at: at.toISOString(), keyId: id, hmac: macOf(end, key) }
      // A write that was killed is made up for by the next one, since the anchor is still behind.
      removeDrafts(file)
      const draft = `${file}.${randomUUID()}`
      try {
        writeDurably(draft, `${JSON.stringify(line)}\n`)
        renameSync(draft, file)
      } finally {
        rmSync(draft, { force: true })
      }
    },
  }
}
