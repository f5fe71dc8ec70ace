import { randomUUID } from 'node:crypto'
import jmespath from 'jmespath'
import type { AzApp, AzTenant } from './az'

/** Enough of Azure's command line to run our scripts for real. Queries use JMESPath, as the real command does. */

const FLAGS = new Set(['--append', '--allow-no-subscriptions', '--only-show-errors'])

/** What the command prints for a person, with exit code 3. */
class AzFault extends Error {}

function fail(text: string): never {
  throw new AzFault(text)
}

interface Call {
  tenant: AzTenant
  /** By their names; a flag's is empty. */
  options: Record<string, string>
}

function read(args: readonly string[]): { name: string; options: Record<string, string> } {
  const rest = [...args]
  const names: string[] = []
  const options: Record<string, string> = {}
  while (rest[0] !== undefined && !rest[0].startsWith('-')) names.push(rest.shift() ?? '')
  for (let option = rest.shift(); option !== undefined; option = rest.shift())
    options[option] = FLAGS.has(option) || rest[0] === undefined || rest[0].startsWith('--') ? '' : (rest.shift() ?? '')
  return { name: names.join(' '), options }
}

const appOf = ({ apps }: AzTenant, id = ''): AzApp =>
  apps.find(({ appId }) => appId === id) ?? fail(`no application ${id}`)

/** `displayName eq 'it''s'`, as OData quotes. */
function filtered<Each extends object>(all: readonly Each[], filter = ''): Each[] {
  const [, name = '', quoted = ''] = /^(\w+) eq '((?:[^']|'')*)'$/.exec(filter) ?? fail('an unknown filter')
  return all.filter((each) => (each as Record<string, unknown>)[name] === quoted.replaceAll("''", "'"))
}

/** What each command answers, and changes in the tenant. */
const COMMANDS: Record<string, (call: Call) => unknown> = {
  'cloud show': ({ tenant }) => ({ name: tenant.cloud }),
  'cloud set': ({ tenant, options }) => {
    tenant.cloud = options['--name'] ?? ''
  },
  'account show': ({ tenant }) => (tenant.signedIn ? { tenantId: tenant.signedIn } : fail('run az login')),
  login: ({ tenant }) => {
    tenant.signedIn = tenant.id
  },
  'ad app list': ({ tenant, options }) => filtered(tenant.apps, options['--filter']),
  'ad app show': ({ tenant, options }) => appOf(tenant, options['--id']),
  'ad app create': ({ tenant, options }) => {
    const created = {
      appId: tenant.nextAppId ?? randomUUID(),
      id: randomUUID(),
      displayName: options['--display-name'] ?? '',
      signInAudience: options['--sign-in-audience'] ?? '',
      web: { redirectUris: [] },
      spa: { redirectUris: [] },
      publicClient: { redirectUris: [] },
      requiredResourceAccess: [],
      passwordCredentials: [],
      keyCredentials: [],
    }
    tenant.apps.push(created)
    tenant.changes.push('app create')
    return created
  },
  'ad app delete': ({ tenant, options }) => {
    const gone = appOf(tenant, options['--id'])
    tenant.apps = tenant.apps.filter((each) => each !== gone)
    tenant.changes.push('app delete')
  },
  'ad sp list': ({ tenant, options }) => filtered(tenant.principals, options['--filter']),
  'ad sp show': ({ tenant, options }) =>
    tenant.principals.find(({ appId }) => appId === options['--id']) ?? fail(`no principal ${options['--id']}`),
  'ad sp create': ({ tenant, options }) => {
    const { appId } = appOf(tenant, options['--id'])
    const created = { id: tenant.nextObjectId ?? randomUUID(), appId, appRoles: [] }
    tenant.principals.push(created)
    tenant.changes.push('sp create')
    return created
  },
  'ad app permission add': ({ tenant, options }) => {
    const [id = '', type = ''] = (options['--api-permissions'] ?? '').split('=')
    const { requiredResourceAccess } = appOf(tenant, options['--id'])
    requiredResourceAccess.push({ resourceAppId: options['--api'] ?? '', resourceAccess: [{ id, type }] })
    tenant.changes.push('permission add')
  },
  'ad app permission delete': ({ tenant, options }) => {
    for (const each of appOf(tenant, options['--id']).requiredResourceAccess)
      if (each.resourceAppId === options['--api'])
        each.resourceAccess = each.resourceAccess.filter(({ id }) => id !== options['--api-permissions'])
    tenant.changes.push('permission delete')
  },
  'ad app credential reset': ({ tenant, options }) => {
    const app = appOf(tenant, options['--id'])
    const isCertificate = options['--cert'] !== undefined
    const kind = isCertificate ? 'keyCredentials' : 'passwordCredentials'
    if (options['--append'] === undefined) app[kind] = []
    const endDateTime = `${new Date().getUTCFullYear() + Number(options['--years'] ?? 1)}-11-24T10:00:00Z`
    app[kind].push({ keyId: randomUUID(), displayName: options['--display-name'] ?? '', endDateTime })
    tenant.changes.push(`credential ${kind}`)
    return { appId: app.appId, password: isCertificate ? null : tenant.nextSecret, tenant: tenant.id }
  },
  'ad app credential delete': ({ tenant, options }) => {
    const app = appOf(tenant, options['--id'])
    const kind = options['--cert'] === undefined ? 'passwordCredentials' : 'keyCredentials'
    app[kind] = app[kind].filter(({ keyId }) => keyId !== options['--key-id'])
    tenant.changes.push(`credential delete ${kind}`)
  },
  rest: ({ tenant, options }) => {
    const { pathname } = new URL(options['--url'] ?? '')
    const [, principal, id] =
      /^\/v1\.0\/servicePrincipals\/([^/]+)\/appRoleAssignments(?:\/(.+))?$/.exec(pathname) ?? fail(pathname)
    const method = options['--method'] ?? ''
    if (method === 'get') return { value: tenant.assignments.filter(({ principalId }) => principalId === principal) }
    tenant.changes.push(`assignment ${method}`)
    if (method === 'post')
      tenant.assignments.push({ id: randomUUID(), ...JSON.parse(options['--body'] ?? '{}') } as Assignment)
    else tenant.assignments = tenant.assignments.filter((each) => each.id !== id)
  },
}
type Assignment = AzTenant['assignments'][number]

/** The exit code, what is printed, and the tenant afterwards. */
export function runAz(before: AzTenant, args: readonly string[]): { code: number; text: string; tenant: AzTenant } {
  const tenant = structuredClone(before)
  const { name, options } = read(args)
  try {
    const command = COMMANDS[name] ?? fail(`'${name}' is misspelled or not recognized`)
    const whole: unknown = JSON.parse(JSON.stringify(command({ tenant, options }) ?? null))
    const query = options['--query']
    const answer = query ? (jmespath.search(whole, query) as unknown) : whole
    const lines = options['--output'] !== 'tsv' || answer === null ? [] : [answer].flat()
    return {
      code: 0,
      text: lines.map((line) => `${line}\n`).join(''),
      tenant: before.ignores.includes(name) ? before : tenant,
    }
  } catch (thrown) {
    if (!(thrown instanceof AzFault)) throw thrown
    return { code: 3, text: `ERROR: ${thrown.message}\n`, tenant: before }
  }
}
