import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

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
    requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string }[] }[]
    passwordCredentials: Credential[]
    keyCredentials: Credential[]
  }[]
  principals: { id: string; appId: string; appRoles: { id: string; value: string; allowedMemberTypes: string[] }[] }[]
  assignments: { principalId: string; resourceId: string; appRoleId: string }[]
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

/** A folder with an `az` and an `openssl` in it, where scripts run for real on a tenant that is a file. */
export class AzShell {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-az-'))
  private readonly stateFile = path.join(this.folder, 'tenant.json')

  constructor(tenant: AzTenant) {
    this.tenant = tenant
    const fixture = path.join(import.meta.dirname, 'az-command.mjs')
    this.program('az', `exec '${process.execPath}' '${fixture}' "$@"`)
    this.program('openssl', "echo 'sha1 Fingerprint=AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01'")
    writeFileSync(path.join(this.folder, 'postroom.pem'), 'a certificate')
  }

  get tenant(): AzTenant {
    return JSON.parse(readFileSync(this.stateFile, 'utf8')) as AzTenant
  }

  set tenant(tenant: AzTenant) {
    writeFileSync(this.stateFile, JSON.stringify(tenant))
  }

  run(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = {
      PATH: `${this.folder}:${process.env.PATH}`,
      AZ_STATE: this.stateFile,
      HOME: this.folder,
      LC_ALL: 'C.UTF-8',
    }
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

  end = (): void => rmSync(this.folder, { recursive: true, force: true })

  private program(name: string, line: string): void {
    const file = path.join(this.folder, name)
    writeFileSync(file, `#!/bin/sh\n${line}\n`)
    chmodSync(file, 0o755)
  }
}
