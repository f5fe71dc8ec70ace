// Makes what `postroom` runs: the console as a standalone server, and bundles of the command, the worker and the preparation.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { billOfMaterials } from './sbom.mjs'
import { run, setup } from './setup.mjs'

const root = path.resolve(import.meta.dirname, '..')
const at = (...parts) => path.join(root, ...parts)
const MARK = at('dist/.built')

/** What a build is made from. */
const SOURCES = ['app', 'components', 'lib', 'messages', 'prisma', 'simulator', 'public', 'tools']
const SOURCE_FILES = [
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['next.config.js', 'postcss.config.mjs', 'instrumentation.ts', 'proxy.ts'],
]

export async function build({ always }) {
  setup()
  if (!always && isFresh()) return
  rmSync(MARK, { force: true })
  const began = Date.now()
  process.stderr.write('Building …\n')
  await bundle()
  buildConsole()
  writeFileSync(at('dist/sbom.cdx.json'), JSON.stringify(billOfMaterials(), null, 2))
  writeFileSync(MARK, new Date().toISOString())
  process.stderr.write(`Built in ${Math.round((Date.now() - began) / 1000)} s\n`)
}

function isFresh() {
  if (!existsSync(MARK) || !existsSync(at('.next/standalone/server.js'))) return false
  const builtAt = statSync(MARK).mtimeMs
  const files = [
    ...SOURCES.filter((name) => existsSync(at(name))).flatMap(filesUnder),
    ...SOURCE_FILES.map((it) => at(it)),
  ]
  return files.every((file) => !existsSync(file) || statSync(file).mtimeMs <= builtAt)
}

const filesUnder = (folder) =>
  readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('generated') && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))

/** Packages stay outside: Node loads each only where it is used. Commands are chunks, so `start` does not load the others. */
async function bundle() {
  const esbuild = await import('esbuild')
  rmSync(at('dist'), { recursive: true, force: true })
  await esbuild.build({
    entryPoints: {
      postroom: at('lib/cli/main.ts'),
      prepare: at('lib/host/prepare-main.ts'),
      console: at('lib/host/console-main.ts'),
      worker: at('lib/worker/main.ts'),
      simulator: at('simulator/main.ts'),
    },
    outdir: at('dist'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    alias: { 'server-only': at('tests/support/empty.ts') },
    logLevel: 'warning',
    absWorkingDir: root,
  })
}

function buildConsole() {
  run(process.execPath, [at('node_modules/next/dist/bin/next'), 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
  })
  const standalone = at('.next/standalone')
  if (!existsSync(path.join(standalone, 'server.js'))) throw new Error('next build made no standalone server')
  mkdirSync(path.join(standalone, '.next'), { recursive: true })
  cpSync(at('.next/static'), path.join(standalone, '.next/static'), { recursive: true })
  // The framework copies a developer's .env into the build, where the console would read it.
  for (const name of readdirSync(standalone)) if (/^\.env/.test(name)) rmSync(path.join(standalone, name))
  if (existsSync(at('public'))) cpSync(at('public'), path.join(standalone, 'public'), { recursive: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ always: !process.argv.includes('--if-needed') })
