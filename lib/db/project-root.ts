import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder that holds `prisma/`: above this file in the source tree, above the bundle in a build. */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'prisma/schema.prisma'))) return folder
    if (folder === path.dirname(folder)) throw new Error(`no prisma/schema.prisma above ${from}`)
  }
}
