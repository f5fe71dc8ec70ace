// `npm run check:package`: two builds of the archive are the same to the byte, and it starts unpacked, without npm and without a network.
// The systemd unit exposes little, where systemd can say so.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'

/** Longest time from unpacking the archive until the console answers. */
const READY_MS_MAX = 60_000
/** Highest accepted result of `systemd-analyze security`, whose scale is from 0 to 10. */
const EXPOSURE_MAX = 1.5
const root = path.resolve(import.meta.dirname, '..')
const home = mkdtempSync(path.join(os.tmpdir(), 'postroom-package-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))

const unit = readFileSync(path.join(root, 'packaging/postroom.service'), 'utf8')
checkExposure('the unit', unit)
// The unit as its comment and docs/installing.md say to change it.
const lowPorts = unit.replace(/^#(?=\w+=CAP_NET_BIND_SERVICE$)/gm, '').replace(/^PrivateUsers=yes\n/m, '')
checkExposure('the unit with ports below 1024', lowPorts)

const first = packageDigest()
const second = packageDigest()
check('two builds from scratch give the same bytes', first === second)

const began = performance.now()
mustRun('tar', ['-xzf', archive(), '-C', home])
const folder = path.join(home, readdirSync(home)[0])
mustRun('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: folder })
const port = '3987'
const start = ['env', '-i', `PATH=${path.dirname(process.execPath)}:/usr/bin:/bin`, `HOME=${home}`, `PORT=${port}`]
const command = [...start, `POSTROOM_DATA_DIR=${home}/data`, 'node', 'bin/postroom', 'start']
// A separate network namespace contains only the loopback address. Creating one takes root; other users run without it.
const isRoot = process.getuid?.() === 0
const script = `ip link set lo up 2>/dev/null; ${command.join(' ')} & pid=$!; trap 'kill -TERM $pid' TERM; read line; node -e "${probe(port)}"; kill -TERM $pid; wait $pid`
const [file, ...args] = [...(isRoot ? ['unshare', '--net'] : []), 'sh', '-c', script]
const tree = spawn(file, args, { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] })
let said = ''
await new Promise((resolve, reject) => {
  tree.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
    if (said.includes('is ready')) resolve()
  })
  tree.once('exit', () => reject(new Error(`it did not start: ${said}`)))
})
const readyMs = performance.now() - began
tree.stdin.end('\n')
const code = await new Promise((resolve) => tree.once('exit', resolve))
check(
  `ready ${(readyMs / 1000).toFixed(1)} s after unpacking began (at most ${READY_MS_MAX / 1000} s)`,
  readyMs <= READY_MS_MAX,
)
check('pages answer, and it stops in order', code === 0 && !said.includes('no answer'))

function checkExposure(what, text) {
  const place = path.join(home, 'postroom.service')
  writeFileSync(place, text)
  const { stdout, error } = spawnSync('systemd-analyze', ['security', '--offline=yes', place], { encoding: 'utf8' })
  if (error?.code === 'ENOENT')
    return console.log(`not checked: the exposure of ${what}, because systemd-analyze is missing`)
  const level = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]
  check(`the exposure of ${what} is ${level} (at most ${EXPOSURE_MAX})`, Number(level) <= EXPOSURE_MAX)
}

function probe(at) {
  return `Promise.all(['/health/ready','/sign-in'].map((page) => fetch('http://localhost:${at}'+page).then(({ ok }) => ok || console.error('no answer', page)))).catch((error) => console.error('no answer', error))`
}

function packageDigest() {
  mustRun('npm', ['run', '--silent', 'package'])
  return createHash('sha256').update(readFileSync(archive())).digest('hex')
}

function archive() {
  const name = readdirSync(path.join(root, 'dist-package')).find((each) => each.endsWith('.tar.gz'))
  return path.join(root, 'dist-package', name)
}

function mustRun(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit', ...options })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
}

function check(what, holds) {
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`)
  if (!holds) process.exitCode = 1
}
