/**
 * For tests only: enough of Azure's command line to run our scripts for real. The tenant is the JSON file that `AZ_STATE` names,
 * which also records every change. Queries use JMESPath, as the real command does.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import jmespath from 'jmespath'

const FLAGS = new Set(['--append', '--allow-no-subscriptions', '--only-show-errors'])
const stateFile = process.env.AZ_STATE ?? ''
const tenant = JSON.parse(readFileSync(stateFile, 'utf8'))
const { command: commandName, options } = read(process.argv.slice(2))

function read(args) {
  const names = []
  const parsedOptions = {}
  while (args.length > 0 && !args[0].startsWith('-')) names.push(args.shift())
  while (args.length > 0) {
    const name = args.shift()
    const next = args[0]
    parsedOptions[name] = FLAGS.has(name) || next === undefined || next.startsWith('--') ? true : args.shift()
  }
  return { command: names.join(' '), options: parsedOptions }
}

function fail(text) {
  process.stderr.write(`ERROR: ${text}\n`)
  process.exit(3)
}

const changed = (what) => tenant.changes.push(what)
const appOf = (id) => tenant.apps.find(({ appId }) => appId === id) ?? fail(`no application ${id}`)
const principalOf = (id) => tenant.principals.find(({ appId }) => appId === id) ?? fail(`no principal ${id}`)

/** `displayName eq 'it''s'`, as OData quotes. */
function filtered(all) {
  const [, name, quoted] = /^(\w+) eq '((?:[^']|'')*)'$/.exec(options['--filter']) ?? fail('an unknown filter')
  return all.filter((each) => each[name] === quoted.replaceAll("''", "'"))
}

const COMMANDS = {
  'cloud show': () => ({ name: tenant.cloud }),
  'cloud set': () => {
    tenant.cloud = options['--name']
  },
  'account show': () => (tenant.signedIn ? { tenantId: tenant.signedIn } : fail('run az login')),
  login: () => {
    tenant.signedIn = tenant.id
  },
  'ad app list': () => filtered(tenant.apps),
  'ad app show': () => appOf(options['--id']),
  'ad app create': () => {
    const created = {
      appId: tenant.nextAppId ?? randomUUID(),
      id: randomUUID(),
      displayName: options['--display-name'],
      signInAudience: options['--sign-in-audience'],
      web: { redirectUris: [] },
      spa: { redirectUris: [] },
      publicClient: { redirectUris: [] },
      requiredResourceAccess: [],
      passwordCredentials: [],
      keyCredentials: [],
    }
    tenant.apps.push(created)
    changed('app create')
    return created
  },
  'ad app delete': () => {
    tenant.apps = tenant.apps.filter((each) => each !== appOf(options['--id']))
    changed('app delete')
  },
  'ad sp list': () => filtered(tenant.principals),
  'ad sp show': () => principalOf(options['--id']),
  'ad sp create': () => {
    const created = { id: tenant.nextObjectId ?? randomUUID(), appId: appOf(options['--id']).appId, appRoles: [] }
    tenant.principals.push(created)
    changed('sp create')
    return created
  },
  'ad app permission add': () => {
    const [id, type] = options['--api-permissions'].split('=')
    const { requiredResourceAccess } = appOf(options['--id'])
    requiredResourceAccess.push({ resourceAppId: options['--api'], resourceAccess: [{ id, type }] })
    changed('permission add')
  },
  'ad app permission delete': () => {
    for (const each of appOf(options['--id']).requiredResourceAccess)
      if (each.resourceAppId === options['--api'])
        each.resourceAccess = each.resourceAccess.filter(({ id }) => id !== options['--api-permissions'])
    changed('permission delete')
  },
  'ad app credential reset': () => {
    const app = appOf(options['--id'])
    const kind = options['--cert'] ? 'keyCredentials' : 'passwordCredentials'
    if (!options['--append']) app[kind] = []
    const displayName = options['--display-name']
    const endDateTime = `${new Date().getUTCFullYear() + Number(options['--years'] ?? 1)}-11-24T10:00:00Z`
    app[kind].push({ keyId: randomUUID(), displayName, endDateTime })
    changed(`credential ${kind}`)
    return { appId: app.appId, password: options['--cert'] ? null : tenant.nextSecret, tenant: tenant.id }
  },
  'ad app credential delete': () => {
    const app = appOf(options['--id'])
    const kind = options['--cert'] ? 'keyCredentials' : 'passwordCredentials'
    app[kind] = app[kind].filter(({ keyId }) => keyId !== options['--key-id'])
    changed(`credential delete ${kind}`)
  },
  rest: () => {
    const path = new URL(options['--url']).pathname
    const [, principal, id] =
      /^\/v1\.0\/servicePrincipals\/([^/]+)\/appRoleAssignments(?:\/(.+))?$/.exec(path) ?? fail(path)
    const assignments = tenant.assignments.filter(({ principalId }) => principalId === principal)
    if (options['--method'] === 'get') return { value: assignments }
    changed(`assignment ${options['--method']}`)
    if (options['--method'] === 'post') tenant.assignments.push({ id: randomUUID(), ...JSON.parse(options['--body']) })
    else tenant.assignments = tenant.assignments.filter((each) => each.id !== id)
  },
}

const command = COMMANDS[commandName] ?? fail(`'${commandName}' is misspelled or not recognized`)
const answer = command() ?? null
if (!tenant.ignores.includes(commandName)) writeFileSync(stateFile, JSON.stringify(tenant))
const result = typeof options['--query'] === 'string' ? jmespath.search(answer, options['--query']) : answer
if (options['--output'] === 'tsv' && result !== null)
  for (const line of Array.isArray(result) ? result : [result]) process.stdout.write(`${line}\n`)
