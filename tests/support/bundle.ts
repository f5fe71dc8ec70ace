import path from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from '../../lib/db/project-root'

/** The processes that tests start again and again: each is `tests/support/<name>-process.ts`. */
export const PROCESSES = ['api', 'backup', 'keys-rotation', 'listener', 'outbox', 'reminders', 'rotation'] as const

/**
 * Makes one file of each process that tests or a bench start again and again, as the build makes the programs of the tree. They lie
 * within the project so that packages are found from them.
 *
 * @param entries from the project's root, all of one folder
 * @returns the folder, in which `a.ts` is `a.mjs`.
 */
export async function bundle(entries: readonly string[]): Promise<string> {
  // Only here: a process that has this file in its bundle would take itself for the build, and run it.
  const { WHOLE } = await import('../../tools/build.mjs')
  const root = projectRoot()
  const outdir = path.join(root, 'node_modules/.cache/postroom')
  const entryPoints = entries.map((entry) => path.join(root, entry))
  await build({ ...WHOLE, entryPoints, outdir, outExtension: { '.js': '.mjs' } })
  return outdir
}
