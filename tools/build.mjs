// Makes what `postroom` runs: the console as a standalone server, and bundles of the command, the worker and the preparation.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { billOfMaterials } from './sbom.mjs'
import { run, setup } from './setup.mjs'
import { slimChunks } from './slim-chunks.mjs'

const root = path.resolve(import.meta.dirname, '..')
const at = (...parts) => path.join(root, ...parts)
const MARK = at('dist/.built')

/** What a build is made from. */
const SOURCES = [
  'app',
  'components',
  'docs/devices',
  'docs/faults',
  'lib',
  'messages',
  'prisma',
  'simulator',
  'public',
  'templates',
]
const SOURCE_FILES = [
  'docs/clouds.json',
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['next.config.js', 'postcss.config.mjs', 'instrumentation.ts', 'instrumentation-node.ts', 'proxy.ts'],
  ...[
    'tools/build.mjs',
    'tools/sbom.mjs',
    'tools/slim-chunks.mjs',
    'tools/devices.ts',
    'tools/faults.ts',
    'tools/templates.mjs',
    'tests/support/empty.ts',
  ],
]

/** Packages that no bundle can contain: machine code, and one that is not installed. */
export const OUTSIDE = ['@node-rs/argon2', 'pg-native']

/**
 * Of the console. A path that is known only at run time, in our code or in a package, makes Next.js copy all of the checkout too: with a
 * developer's .env, which the console would read, a folder of data, and the archive of the last run.
 */
const SERVER = ['.next', 'node_modules', 'package.json', 'server.js']

/** How a program becomes one file or a few, packages included: it begins in half the processor time that looking for its files takes. */
export const WHOLE = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  external: OUTSIDE,
  // Packages that are in CommonJS ask for Node's modules by it.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
  },
}

export async function build({ always }) {
  await setup()
  if (!always && isFresh()) return
  rmSync(MARK, { force: true })
  const began = Date.now()
  process.stderr.write('Building, which takes a minute or more …\n')
  await Promise.all([bundle(), buildConsole()])
  writeFileSync(at('dist/sbom.cdx.json'), JSON.stringify(billOfMaterials(), null, 2))
  writeFileSync(MARK, new Date().toISOString())
  process.stderr.write(`Built in ${Math.round((Date.now() - began) / 1000)} s\n`)
}

function isFresh() {
  if (!existsSync(MARK) || !existsSync(at('.next/standalone/server.js'))) return false
  const builtAt = statSync(MARK).mtimeMs
  return sources().every((file) => statSync(file).mtimeMs <= builtAt)
}

const sources = () =>
  [...SOURCES.filter((name) => existsSync(at(name))).flatMap(filesUnder), ...SOURCE_FILES.map((it) => at(it))].filter(
    (file) => existsSync(file),
  )

const filesUnder = (folder) =>
  readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('generated') && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))

/** Commands are chunks, so `start` does not load the others. */
async function bundle() {
  const esbuild = await import('esbuild')
  rmSync(at('dist'), { recursive: true, force: true })
  const { metafile } = await esbuild.build({
    ...WHOLE,
    entryPoints: {
      postroom: at('lib/cli/main.ts'),
      prepare: at('lib/host/prepare-main.ts'),
      console: at('lib/host/console-main.ts'),
      worker: at('lib/worker/main.ts'),
      listener: at('lib/listener/main.ts'),
      simulator: at('simulator/main.ts'),
    },
    outdir: at('dist'),
    outExtension: { '.js': '.mjs' },
    splitting: true,
    metafile: true,
    alias: { 'server-only': at('tests/support/empty.ts') },
    logLevel: 'warning',
    absWorkingDir: root,
  })
  writeFileSync(at('dist/licences.txt'), licences(Object.keys(metafile.inputs)))
}

/** What the packages ask to be passed on with them. */
function licences(files) {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [])
  const texts = [...new Set(folders)].sort().flatMap((folder) => {
    const files = readdirSync(at(folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name))
    if (files.length > 0)
      return files.map((name) => `${folder}/${name}\n\n${readFileSync(at(folder, name), 'utf8').trim()}\n`)
    const { version, license, author } = JSON.parse(readFileSync(at(folder, 'package.json'), 'utf8'))
    return `${folder} ${version}\n\n${license}, ${author?.name ?? author}\n`
  })
  return texts.join('\n\n')
}

/**
 * Next would choose its ids and keys at random. Made from the sources they are the same in each build of one state, so that a
 * package can be built again and compared. The keys guard nothing here: no page has a preview, no action has bound values.
 */
async function buildConsole() {
  const digest = sources()
    .sort()
    .reduce((hash, file) => hash.update(path.relative(root, file)).update(readFileSync(file)), createHash('sha256'))
    .digest('hex')
  const fixed = (use) => createHash('sha256').update(`${use} ${digest}`).digest()
  mkdirSync(at('.next/cache'), { recursive: true })
  writeFileSync(
    at('.next/cache/.previewinfo'),
    JSON.stringify({
      previewModeId: fixed('id').toString('hex').slice(0, 32),
      previewModeSigningKey: fixed('signing').toString('hex'),
      previewModeEncryptionKey: fixed('encryption').toString('hex'),
      expireAt: Date.now() + 24 * 60 * 60 * 1000,
    }),
  )
  await run(process.execPath, [at('node_modules/next/dist/bin/next'), 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: fixed('actions').toString('base64'),
    POSTROOM_BUILD_ID: digest.slice(0, 24),
  })
  const standalone = at('.next/standalone')
  if (!existsSync(path.join(standalone, 'server.js'))) throw new Error('next build made no standalone server')
  for (const name of readdirSync(standalone))
    if (!SERVER.includes(name)) rmSync(path.join(standalone, name), { recursive: true })
  // The server runs in any folder, so the path of this one is left out.
  for (const file of ['server.js', '.next/required-server-files.json']) {
    const text = readFileSync(path.join(standalone, file), 'utf8')
    writeFileSync(path.join(standalone, file), text.replaceAll(JSON.stringify(root), '"."'))
  }
  slimChunks(path.join(standalone, '.next/server/chunks'))
  mkdirSync(path.join(standalone, '.next'), { recursive: true })
  cpSync(at('.next/static'), path.join(standalone, '.next/static'), { recursive: true })
  finishTexts(path.join(standalone, '.next/static'))
  if (existsSync(at('public'))) cpSync(at('public'), path.join(standalone, 'public'), { recursive: true })
}

/**
 * At the start of a script: Chromium compiles all of its functions in another thread while they arrive. Otherwise it compiles each as it is
 * called first, while the page becomes ready for clicks. Other browsers ignore it.
 */
const COMPILE_AHEAD = '//# allFunctionsCalledOnLoad\n'

/** The console sends these forms as they are (`lib/host/static-files.ts`). Brotli saves an eighth, and takes too long to be done for a request. */
function finishTexts(folder) {
  for (const name of readdirSync(folder, { recursive: true }).filter((name) => /\.(?:js|css)$/.test(name))) {
    const file = path.join(folder, name)
    if (name.endsWith('.js')) writeFileSync(file, COMPILE_AHEAD + readFileSync(file, 'utf8'))
    const text = readFileSync(file)
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }),
    )
    writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ always: !process.argv.includes('--if-needed') })
