import path from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from '../../lib/db/project-root'

const bundles = new Map<string, Promise<string>>()

/**
 * Makes one file of a process that a test or a bench starts again and again, as the build makes the programs of the tree, when it is
 * first asked for.
 *
 * @param entry from the project's root
 * @param name of the file, which lies within the project so that packages are found from it; each process that makes one has its own
 * @returns its path.
 */
export function bundledProcess(entry: string, name: string): Promise<string> {
  const bundle = bundles.get(name) ?? make(entry, name)
  bundles.set(name, bundle)
  return bundle
}

async function make(entry: string, name: string): Promise<string> {
  // Only here: a process that has this file in its bundle would take itself for the build, and run it.
  const { WHOLE } = await import('../../tools/build.mjs')
  const root = projectRoot()
  const outfile = path.join(root, 'node_modules/.cache/postroom', `${name}.mjs`)
  await build({ ...WHOLE, entryPoints: [path.join(root, entry)], outfile })
  return outfile
}
