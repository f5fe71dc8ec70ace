import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { runAz } from './az-command'

/** Microsoft's own, written here once more: the false tenant takes nothing from what it tests. */
const EXCHANGE_APP_ID = '00000002-0000-0ff1-ce00-000000000000'
const SEND_AS_APP = 'SMTP.SendAsApp'
export const ROLE_ID = '7146a1f0-8703-45b3-9eae-527a64c00995'

export type AzApp = AzTenant['apps'][number]

interface Credential {
  keyId: string
  displayName: string
  endDateTime: string
}

/** What `az` finds in the tenant, and every change it made there. */
export interface AzTenant {
  id: string
  cloud: string
  signedIn: string | null
  apps: {
    appId: string
    displayName: string
    signInAudience: string
    web: { redirectUris: string[] } | null
    requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string; type?: string }[] }[]
    passwordCredentials: Credential[]
    keyCredentials: Credential[]
  }[]
  principals: { id: string; appId: string; appRoles: { id: string; value: string; allowedMemberTypes: string[] }[] }[]
  assignments: { id?: string; principalId: string; resourceId: string; appRoleId: string }[]
  nextAppId?: string
  nextObjectId?: string
  nextSecret: string
  changes: string[]
  /** Commands that report success and change nothing, because Microsoft may show a change late. */
  ignores: string[]
}

export const azTenant = (about: Pick<AzTenant, 'id' | 'nextSecret'> & Partial<AzTenant>): AzTenant => ({
  cloud: 'AzureCloud',
  signedIn: null,
  apps: [],
  principals: [
    {
      id: 'e3a1b2c4-0000-4000-8000-00000000e0e0',
      appId: EXCHANGE_APP_ID,
      appRoles: [
        { id: '11111111-2222-4333-8444-555555555555', value: SEND_AS_APP, allowedMemberTypes: ['User'] },
        { id: ROLE_ID, value: SEND_AS_APP, allowedMemberTypes: ['Application'] },
      ],
    },
  ],
  assignments: [],
  changes: [],
  ignores: [],
  ...about,
})

/** A registration as this console's own are. */
export const azApp = (appId: string, displayName: string): AzApp => ({
  appId,
  displayName,
  signInAudience: 'AzureADMyOrg',
  web: { redirectUris: [] },
  requiredResourceAccess: [],
  passwordCredentials: [],
  keyCredentials: [],
})

/**
 * The command asks the test's process, since a separate program for each of hundreds of calls would cost twenty times as much: the
 * number of arguments and each of them go there, the exit code and what is to be printed come back.
 */
const azProgram = (port: number): string => `exec 3<>/dev/tcp/127.0.0.1/${port}
printf '%s\\0' "$#" "$@" >&3
read -r code <&3
if [ "$code" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"`

/** A folder with an `az` and an `openssl` in it, where scripts run for real on a tenant that is an object here. */
export class AzShell {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-az-'))
  private readonly server = createServer((socket) => this.answer(socket))

  constructor(public tenant: AzTenant) {
    this.program('openssl', "echo 'sha1 Fingerprint=AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01'")
    writeFileSync(path.join(this.folder, 'postroom.pem'), 'a certificate')
  }

  async run(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    await this.listening()
    const env = { PATH: `${this.folder}:${process.env.PATH}`, HOME: this.folder, LC_ALL: 'C.UTF-8' }
    const file = path.join(this.folder, 'script.sh')
    writeFileSync(file, script)
    const bash = spawn('bash', [file], { cwd: this.folder, env: env as unknown as NodeJS.ProcessEnv })
    const said = { stdout: '', stderr: '' }
    bash.stdout.on('data', (chunk) => {
      said.stdout += chunk
    })
    bash.stderr.on('data', (chunk) => {
      said.stderr += chunk
    })
    return new Promise((resolve, reject) => {
      bash.on('error', reject).on('close', (code) => resolve({ code, ...said }))
    })
  }

  end(): void {
    this.server.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async listening(): Promise<void> {
    if (this.server.listening) return
    await once(this.server.listen(0, '127.0.0.1'), 'listening')
    this.program('az', azProgram((this.server.address() as AddressInfo).port))
  }

  private answer(socket: Socket): void {
    let said = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      said += chunk
      const [count, ...args] = said.split('\0')
      // The last piece is what follows the last mark: nothing.
      if (args.length <= Number(count)) return
      const { code, text, tenant } = runAz(this.tenant, args.slice(0, -1))
      this.tenant = tenant
      socket.end(`${code}\n${text}`)
    })
  }

  private program(name: string, lines: string): void {
    const file = path.join(this.folder, name)
    writeFileSync(file, `#!/bin/bash\n${lines}\n`)
    chmodSync(file, 0o755)
  }
}
