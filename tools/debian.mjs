import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** What some tests check against, each with a file of it. A test whose package cannot be had is skipped. */
const FOR_TESTS = {
  pgbouncer: '/usr/sbin/pgbouncer',
  shellcheck: '/usr/bin/shellcheck',
  'libical-dev': '/usr/include/libical/ical.h',
  'python3-icalendar': '/usr/lib/python3/dist-packages/icalendar',
}

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
  return missing()
}
