import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder that holds `prisma/`: above this file in the source tree, above the bundle in a build. */
export function projectRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'prisma/schema.prisma'))) return folder
    if (folder === path.dirname(folder)) throw new Error(`no prisma/schema.prisma above ${import.meta.dirname}`)
  }
}
