import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestIdentity } from './certificates'
import { freePort } from './throwaway-postgres'

/** Whether Debian's Dovecot submission service is installed and can run; its processes change to other users, which takes root. */
export const canRunDovecot = (): boolean => process.getuid?.() === 0 && existsSync('/usr/lib/dovecot/submission')

/** For tests only: a submission service by Debian's package, which asks `introspectionUrl` whose a token is and relays to a port of this machine. */
export async function startDovecot(settings: { identity: TestIdentity; introspectionUrl: string; relayPort: number }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dovecot-'))
  const at = (name: string) => path.join(folder, name)
  const port = await freePort()
  for (const name of ['run', 'home']) mkdirSync(at(name), { mode: 0o755 })
  writeFileSync(at('cert.pem'), settings.identity.cert)
  writeFileSync(at('key.pem'), settings.identity.key, { mode: 0o600 })
  const [, uid = '', gid = ''] = /^dovecot:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  chownSync(at('home'), Number(uid), Number(gid))
  chownSync(folder, Number(uid), Number(gid))
  writeFileSync(
    at('dovecot.conf'),
    `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = ${at('run')}
state_dir = ${at('run')}
log_path = ${at('log')}
auth_verbose = yes
protocols = submission
listen = 127.0.0.1
hostname = localhost
ssl = required
ssl_server_cert_file = ${at('cert.pem')}
ssl_server_key_file = ${at('key.pem')}
auth_mechanisms = xoauth2
oauth2 {
  introspection_mode = post
  introspection_url = ${settings.introspectionUrl}
  username_attribute = username
  active_attribute = active
  active_value = true
}
passdb oauth2 {
}
userdb static {
  fields {
    uid = dovecot
    gid = dovecot
    home = ${at('home')}
  }
}
first_valid_uid = 1
first_valid_gid = 1
mail_driver = maildir
mail_path = ${at('home/mail')}
submission_relay_host = 127.0.0.1
submission_relay_port = ${settings.relayPort}
service submission-login {
  inet_listener submission {
    port = ${port}
  }
  inet_listener submissions {
    port = 0
  }
}
`,
  )
  const child = spawn('/usr/sbin/dovecot', ['-F', '-c', at('dovecot.conf')], { stdio: 'ignore' })
  const log = (): string => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '')
  for (let attempts = 0; !(await answers(port)); attempts++) {
    if (child.exitCode !== null || attempts > 100) throw new Error(`Dovecot does not run: ${log()}`)
    await pause(100)
  }
  return {
    port,
    log,
    async close() {
      const ended = child.exitCode === null ? once(child, 'exit') : null
      child.kill()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
