import { spawnSync } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'

const DEVELOPMENT = 'cdx:npm:package:development'
const root = path.resolve(import.meta.dirname, '..')

/** The bill of materials (CycloneDX, JSON): every package that is shipped, with version, licence and hash, as npm reads it from the lockfile. */
export function billOfMaterials() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status, stdout, stderr, error } = spawnSync(npm, ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: npm.endsWith('.cmd'),
  })
  if (status !== 0) throw new Error(`npm sbom failed: ${error?.message ?? stderr}`)
  const bill = JSON.parse(stdout)
  // Left out here: `--omit=dev` of npm 11 drops what is shipped and used by development too, react among it.
  const components = bill.components.filter(({ properties }) => !properties.some(({ name }) => name === DEVELOPMENT))
  const shipped = new Set([bill.metadata.component, ...components].map((each) => each['bom-ref']))
  const dependencies = bill.dependencies
    .filter(({ ref }) => shipped.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => shipped.has(other)) }))
  // npm names the whole after the folder, and adds the moment and a random number: one state of the lockfile has one bill.
  const { timestamp: _timestamp, ...about } = bill.metadata
  const metadata = { ...about, component: { ...about.component, name: 'postroom' } }
  const { serialNumber: _serialNumber, ...rest } = bill
  return { ...rest, metadata, components, dependencies }
}
