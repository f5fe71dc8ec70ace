import path from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from '../../lib/db/project-root'

/** Packages that are in CommonJS ask for Node's modules by it. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
/** Machine code, or not installed. */
const OUTSIDE = ['@node-rs/argon2', 'pg-native']

/**
 * Makes one file of a process that a test or a bench starts again and again, packages included: it begins in a fraction of the time.
 *
 * @param entry from the project's root
 * @param name of the file, which lies within the project so that packages are found from it; each that makes one has its own
 * @returns its path.
 */
export async function bundledProcess(entry: string, name: string): Promise<string> {
  const root = projectRoot()
  const outfile = path.join(root, 'node_modules/.cache/postroom', `${name}.mjs`)
  const entryPoints = [path.join(root, entry)]
  await build({
    ...{ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' },
    ...{ external: OUTSIDE, banner: { js: REQUIRE } },
  })
  return outfile
}
