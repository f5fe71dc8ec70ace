import { afterEach, expect, test } from 'vitest'
import { type AzApp, AzShell, type AzTenant, azApp, azTenant, ROLE_ID } from '../../../tests/support/az'
import { shellString } from '../../diagnosis'
import { translatorFor } from '../../i18n/translations'
import { BUILT_IN_CLOUDS, type Cloud } from '../../kernel/mail-server-settings'
import { readBlock } from '../../mail-server/paste'
import type { GuideValues } from '../choices'
import { type ScriptKind, scriptFor } from './script'

const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
const OTHER_TENANT = '0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0'
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const SECRET = 'Xy8Q~canary-Client-Secret.0123456789'
/** Its quotes must come through a shell, an OData filter and back. */
const NAME = `O'Neil's "mail" $(whoami) \`id\``
const [GLOBAL] = BUILT_IN_CLOUDS as [Cloud]

let shell: AzShell
const on = (about: Partial<AzTenant> = {}): AzShell => {
  shell = new AzShell(azTenant({ id: TENANT, nextSecret: SECRET, ...about }))
  return shell
}
afterEach(() => shell.end())

const textOf = (kind: ScriptKind, { path, credential, ...values }: Choice): string =>
  scriptFor(kind, {
    path: path ?? 'mailbox',
    credential: credential ?? 'secret',
    tool: 'az',
    consoleUrl: 'https://console.contoso.example/mail-server',
    t: translatorFor('en', 'set-up'),
    values: {
      cloud: GLOBAL,
      tenantId: TENANT,
      clientId: null,
      objectId: null,
      sender: 'noreply@contoso.example',
      appName: NAME,
      ...values,
    },
  }).text

/** Runs the script, with lines at its top changed as a person would change them in an editor. */
function run(kind: ScriptKind, choice: Choice = {}, edits: Record<string, string> = {}) {
  let script = textOf(kind, choice)
  for (const [variable, value] of Object.entries(edits)) {
    const line = new RegExp(`^${variable}=.*$`, 'gm')
    expect(script.match(line)).toHaveLength(1)
    script = script.replace(line, () => `${variable}=${shellString(value)}`)
  }
  return shell.run(script)
}
type Choice = Partial<GuideValues> & { path?: 'mailbox' | 'rbac'; credential?: 'secret' | 'certificate' }

/** What was changed since it was last asked. */
function changes(): string[] {
  const { tenant } = shell
  shell.tenant = { ...tenant, changes: [] }
  return tenant.changes
}

test('path A: one run sets everything up, a second one changes nothing and shows no secret, and undo removes only what the script created', async () => {
  on()
  const asEdited = (kind: ScriptKind) => run(kind, { appName: 'Postroom' }, { APP_NAME: NAME })
  const first = await asEdited('entra')
  expect(first, first.stderr).toMatchObject({ code: 0 })
  expect(changes()).toEqual([
    'app create',
    'sp create',
    'permission add',
    'assignment post',
    'credential passwordCredentials',
  ])
  const [app] = shell.tenant.apps
  const principal = shell.tenant.principals.find(({ appId }) => appId === app?.appId)
  expect(app).toMatchObject({ displayName: NAME, signInAudience: 'AzureADMyOrg' })
  expect(shell.tenant.assignments).toMatchObject([{ principalId: principal?.id, appRoleId: ROLE_ID }])
  expect(readBlock(first.stdout)).toEqual({
    cloud: 'global',
    tenantId: TENANT,
    clientId: app?.appId,
    objectId: principal?.id,
    senderAddress: 'noreply@contoso.example',
    clientSecret: SECRET,
    secretExpiresAt: app?.passwordCredentials[0]?.endDateTime.slice(0, 10),
  })
  expect(first.stderr).not.toContain(SECRET)

  const second = await asEdited('entra')
  expect(second).toMatchObject({ code: 0 })
  expect(changes()).toEqual([])
  expect(second.stdout).not.toContain(SECRET)
  expect(readBlock(second.stdout)).toEqual({ ...readBlock(first.stdout), clientSecret: undefined })

  const { tenant } = shell
  const foreign = { keyId: 'k', displayName: 'Somebody else', endDateTime: '2030-01-01T00:00:00Z' }
  tenant.apps[0]?.passwordCredentials.push(foreign)
  shell.tenant = tenant
  expect(await asEdited('undo-entra')).toMatchObject({ code: 0 })
  expect(changes()).toEqual(['assignment delete', 'permission delete', 'credential delete passwordCredentials'])
  expect(shell.tenant.apps).toMatchObject([{ passwordCredentials: [foreign] }]) // the registration itself stays
  expect(await asEdited('undo-entra')).toMatchObject({ code: 0 })
  expect(changes()).toEqual([])
}, 60_000)

test('undo does not report success while something is left, and says what', async () => {
  const own = { keyId: 'k', displayName: 'Postroom', endDateTime: '2030-01-01T00:00:00Z' }
  on({
    apps: [{ ...azApp(CLIENT, NAME), passwordCredentials: [own] }],
    ignores: ['ad app credential delete', 'ad app delete'],
  })
  const undone = await run('undo-entra')
  expect(undone.code).toBe(1)
  expect(undone.stderr).toMatch(/still has a secret[^\n]*\nNot everything is undone/)
  expect(undone.stderr).not.toContain('Done')
  const deleted = await run('undo-entra', {}, { DELETE_REGISTRATION: 'yes' })
  expect(deleted.code).toBe(1)
  expect(deleted.stderr).toMatch(/still shows the registration[^\n]*\nNot everything is undone/)

  shell.tenant = { ...shell.tenant, ignores: [] }
  const again = () => run('undo-entra', { clientId: CLIENT }, { DELETE_REGISTRATION: 'yes' })
  expect(await again()).toMatchObject({ code: 0, stderr: expect.stringContaining('Done') })
  expect(shell.tenant.apps).toEqual([])
  changes()
  expect(await again()).toMatchObject({ code: 0, stderr: expect.stringContaining('no such registration') })
  expect(changes()).toEqual([])
}, 60_000)

test('path B with a certificate grants nothing and uploads the certificate once', async () => {
  on()
  const first = await run('entra', { path: 'rbac', credential: 'certificate' })
  expect(first, first.stderr).toMatchObject({ code: 0 })
  expect(changes()).toEqual(['app create', 'sp create', 'credential keyCredentials'])
  expect(shell.tenant.assignments).toEqual([])
  expect(readBlock(first.stdout)).toMatchObject({ tenantId: TENANT, clientId: shell.tenant.apps[0]?.appId })
  expect(await run('entra', { path: 'rbac', credential: 'certificate' })).toMatchObject({ code: 0 })
  expect(changes()).toEqual([])
  expect(await run('undo-entra', { path: 'rbac', credential: 'certificate' })).toMatchObject({ code: 0 })
  expect(changes()).toEqual(['credential delete keyCredentials'])
}, 60_000)

test('in another tenant nothing is changed', async () => {
  on({ id: OTHER_TENANT })
  const { code, stderr } = await run('entra')
  expect({ code, changes: changes() }).toEqual({ code: 1, changes: [] })
  expect(stderr).toContain('signed in to another tenant')
}, 30_000)

test.each<[string, Partial<AzApp>]>([
  ['with a redirect URI', { web: { redirectUris: ['https://addin.contoso.example'] } }],
  ['for several tenants', { signInAudience: 'AzureADMultipleOrgs' }],
])(
  'a registration %s is not reused',
  async (_, unlike) => {
    on({ apps: [{ ...azApp(CLIENT, NAME), ...unlike }] })
    const { code, stderr } = await run('entra')
    expect({ code, changes: changes() }).toEqual({ code: 1, changes: [] })
    expect(stderr).toContain('created for another purpose')
  },
  30_000,
)

test('neither of two registrations with the same name is used without its client ID', async () => {
  on({ apps: [azApp(CLIENT, NAME), azApp(OTHER_TENANT, NAME)] })
  const { code, stderr } = await run('entra')
  expect({ code, changes: changes() }).toEqual({ code: 1, changes: [] })
  expect(stderr).toContain('Several registrations')
  const { stdout } = await run('entra', { clientId: CLIENT }, { APP_NAME: 'The name does not count here' })
  expect(readBlock(stdout)?.clientId).toBe(CLIENT)
  expect(changes()).not.toContain('app create')
}, 60_000)
