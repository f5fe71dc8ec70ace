import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const POSTFIX = '/usr/sbin/postfix'

/** Id of a user or of a group. */
export const idOf = (file: '/etc/passwd' | '/etc/group', name: string): number =>
  Number(new RegExp(`^${name}:[^:]*:(\\d+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1])

/** Starts Debian's Postfix in separate folders. Only root may. `settings` and `services` are the rest of main.cf, and master.cf. */
export async function startPostfixWith(settings: string, services: string) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'postroom-postfix-'))
  chmodSync(home, 0o755)
  const queue = path.join(home, 'queue')
  const data = path.join(home, 'data')
  const config = path.join(home, 'config')
  for (const folder of [queue, data, config]) mkdirSync(folder, { mode: 0o755 })
  chownSync(data, idOf('/etc/passwd', 'postfix'), 0)
  const common = `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
alias_database =
`
  writeFileSync(path.join(config, 'main.cf'), common + settings)
  writeFileSync(path.join(config, 'master.cf'), services)
  await run(POSTFIX, ['-c', config, 'start'])
  return { home, queue, config }
}
