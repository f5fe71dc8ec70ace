import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

/** Debian packages that some tests need, each with a file that shows that it is installed. Without its package a test is skipped. */
const FOR_TESTS = {
  pgbouncer: '/usr/sbin/pgbouncer',
  shellcheck: '/usr/bin/shellcheck',
  'libical-dev': '/usr/include/libical/ical.h',
  'python3-icalendar': '/usr/lib/python3/dist-packages/icalendar',
  // Programs that submit mail
  curl: '/usr/bin/curl',
  'libauthen-sasl-perl': '/usr/share/perl5/Authen/SASL.pm',
  'libio-socket-ssl-perl': '/usr/share/perl5/IO/Socket/SSL.pm',
  'libphp-phpmailer': '/usr/share/php/libphp-phpmailer/autoload.php',
  msmtp: '/usr/bin/msmtp',
  'php-cli': '/usr/bin/php',
  'php-curl': '/usr/share/doc/php-curl',
  postfix: '/usr/sbin/postfix',
  python3: '/usr/bin/python3',
  's-nail': '/usr/bin/s-nail',
  swaks: '/usr/bin/swaks',
}
/** Exim is only unpacked, because installing it would remove Postfix. The folder is not below node_modules, which is created at the same time. */
const EXIM = path.resolve('.cache/exim')
const EXIM_PACKAGE = 'exim4-daemon-light'
const hasExim = () => existsSync(path.join(EXIM, 'usr/sbin/exim4'))

/** Packages that only `npm run soak` needs. */
const FOR_SOAK = { 'dovecot-submissiond': '/usr/lib/dovecot/submission' }

/** @returns whether these packages were installed, which needs Debian and root */
export function installPackages(...names) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0
  return apt('-qq', 'update') && apt('-qq', 'install', '-y', '--no-install-recommends', ...names)
}

/** @returns the packages for tests that are missing and cannot be installed */
export function ensureTestPackages({ soak }) {
  const wanted = { ...FOR_TESTS, ...(soak && FOR_SOAK) }
  const missing = () => Object.keys(wanted).filter((name) => !existsSync(wanted[name]))
  const before = missing()
  if (before.length > 0) installPackages(...before)
  unpackExim()
  return [...missing(), ...(hasExim() ? [] : [EXIM_PACKAGE])]
}

function unpackExim() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get') || hasExim()) return
  mkdirSync(EXIM, { recursive: true })
  const run = (program, ...args) => spawnSync(program, args, { cwd: EXIM, stdio: 'ignore' })
  const download = () => run('apt-get', '-qq', 'download', EXIM_PACKAGE).status === 0
  // Where all other packages were there, nothing has read the lists of packages yet, and an image may come without them.
  if (!download() && run('apt-get', '-qq', 'update').status === 0) download()
  for (const name of readdirSync(EXIM)) if (name.endsWith('.deb')) run('dpkg', '-x', name, '.')
  run('useradd', '--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'Debian-exim')
}
