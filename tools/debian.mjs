import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

/** What some tests check against, each with a file of it. A test whose package cannot be had is skipped. */
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
  postfix: '/usr/sbin/postfix',
  python3: '/usr/bin/python3',
  's-nail': '/usr/bin/s-nail',
  swaks: '/usr/bin/swaks',
}
/** Exim is only unpacked, since as a package it would replace Postfix. Not below node_modules, which is made at the same time. */
const EXIM = path.resolve('.cache/exim')

/** The same for `npm run soak` alone. */
const FOR_SOAK = { 'dovecot-submissiond': '/usr/lib/dovecot/submission' }

/** Whether these packages were installed: only on a Debian, and only where we may. */
export function installPackages(...names) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0
  return apt('-qq', 'update') && apt('-qq', 'install', '-y', '--no-install-recommends', ...names)
}

/** Installs what is missing for tests, where that can be done. Names what is still missing. */
export function ensureTestPackages({ soak }) {
  const wanted = { ...FOR_TESTS, ...(soak && FOR_SOAK) }
  const missing = () => Object.keys(wanted).filter((name) => !existsSync(wanted[name]))
  const before = missing()
  if (before.length > 0) installPackages(...before)
  unpackExim()
  return missing()
}

function unpackExim() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get') || existsSync(path.join(EXIM, 'usr/sbin/exim4')))
    return
  mkdirSync(EXIM, { recursive: true })
  const run = (program, ...args) => spawnSync(program, args, { cwd: EXIM, stdio: 'ignore' })
  run('apt-get', '-qq', 'download', 'exim4-daemon-light')
  for (const name of readdirSync(EXIM)) if (name.endsWith('.deb')) run('dpkg', '-x', name, '.')
  run('useradd', '--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'Debian-exim')
}
