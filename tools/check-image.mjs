// `npm run check:image`: builds the image of packaging/Containerfile and starts it, with buildah, in a chroot of this machine.
// BASE=… names a base image; without it one is made of this Debian's packages.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'

const READY_MS_MAX = 60_000
const PORT = '3988'
const root = path.resolve(import.meta.dirname, '..')
/** Debian's packages for the check, by a file of each. */
const PROGRAMS = {
  buildah: '/usr/bin/buildah',
  netavark: '/usr/lib/podman/netavark',
  ...(process.env.BASE ? {} : { mmdebstrap: '/usr/bin/mmdebstrap' }),
}
const missing = Object.keys(PROGRAMS).filter((name) => !existsSync(PROGRAMS[name]))
if (missing.length > 0) {
  console.error(`This check needs programs that are not installed here: apt-get install ${missing.join(' ')}`)
  process.exit(1)
}
const work = mkdtempSync(path.join(os.tmpdir(), 'postroom-image-'))
/** A chroot shares the limits of the process that starts it, and PostgreSQL needs many processes and files. */
const LIMITS = ['--isolation', 'chroot']
const ULIMITS = ['--ulimit', 'nproc=20000:20000', '--ulimit', 'nofile=20000:20000']
const containers = []
process.on('exit', () => {
  for (const container of containers) spawnSync('buildah', ['rm', container], { stdio: 'ignore' })
  rmSync(work, { recursive: true, force: true })
})

const base = process.env.BASE ?? makeBase()
run('npm', ['run', '--silent', 'package'])
run('buildah', [
  ...['build', ...LIMITS, ...ULIMITS, '--format', 'docker'],
  ...['--build-arg', `BASE=${base}`, '--file', 'packaging/Containerfile', '--tag', 'localhost/postroom:check', '.'],
])

const image = JSON.parse(output('buildah', ['inspect', '--type', 'image', 'localhost/postroom:check'])).Docker.config
check('runs as a user that is not root', image.User === '65532:65532')
check('has a health check', image.Healthcheck?.Test?.[0] === 'CMD')

const container = output('buildah', ['from', ...ULIMITS, 'localhost/postroom:check'])
containers.push(container)
const mount = output('buildah', ['mount', container])
const inside = (args) => ['run', ...LIMITS, '--env', `PORT=${PORT}`, container, '--', ...args]
const before = Date.now()
const tree = spawn('buildah', inside(['node', '/opt/postroom/bin/postroom', 'start']), {
  stdio: ['ignore', 'ignore', 'pipe'],
})
const ended = new Promise((resolve) => tree.once('exit', resolve))
let said = ''
tree.stderr.setEncoding('utf8').on('data', (text) => {
  said += text
})
while (!said.includes('is ready') && tree.exitCode === null && Date.now() - before < READY_MS_MAX)
  await new Promise((resolve) => setTimeout(resolve, 100))
check(
  `is ready ${((Date.now() - before) / 1000).toFixed(1)} s after its start${said.includes('is ready') ? '' : `: ${said}`}`,
  said.includes('is ready'),
)
const healthCommand = image.Healthcheck.Test.slice(1)
check('its health check passes', spawnSync('buildah', inside(healthCommand), { stdio: 'inherit' }).status === 0)
const written = output('find', [
  mount,
  '-xdev',
  '-newermt',
  new Date(before).toISOString(),
  '-type',
  'f',
  '-not',
  '-path',
  `${mount}/var/lib/postroom/*`,
  '-not',
  '-path',
  `${mount}/tmp/*`,
  '-not',
  '-path',
  `${mount}/run/*`,
])
check(`writes only into its volume and /tmp${written && `: ${written}`}`, written === '')
for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) stopIfMain(pid)
const code = await ended
check('stops in order on SIGTERM', code === 0)

/** The container's first process, which buildah does not pass signals on to. */
function stopIfMain(pid) {
  const line = spawnSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'utf8' }).stdout.split('\0')
  if (path.basename(line[0]) === 'node' && line[1] === '/opt/postroom/bin/postroom')
    process.kill(Number(pid), 'SIGTERM')
}

function makeBase() {
  const tarball = path.join(work, 'base.tar')
  run('mmdebstrap', ['--variant=minbase', '--include=nodejs,ca-certificates', 'trixie', tarball])
  const container = output('buildah', ['from', 'scratch'])
  containers.push(container)
  run('buildah', ['add', '--quiet', container, tarball, '/'])
  run('buildah', ['commit', '--quiet', container, 'localhost/postroom-base:check'])
  return 'localhost/postroom-base:check'
}

function run(file, args) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${file} ${args[0]}: ${error?.message ?? `exit code ${status}`}`)
}

function output(file, args) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${args[0]}: ${error?.message ?? stderr}`)
  return stdout.trim()
}

function check(what, holds) {
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`)
  if (!holds) process.exitCode = 1
}
