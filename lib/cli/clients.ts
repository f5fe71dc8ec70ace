import { type Command, Option } from 'commander'
import { pick } from '../kernel'
import type { Services } from '../services'
import {
  CLIENT_KINDS,
  type Client,
  type ClientFields,
  type ClientWay,
  FAILURE_REPORTS,
  parseScopes,
  SCOPES,
} from '../submission/client'
import type { Added } from '../submission/clients'
import { type CommandContext, collect, jsonCommand, refuseFields } from './context'
import { errorText, errorTexts } from './error-sentences'
import { UsageFault } from './usage-fault'

/** The clients of one way to prove who they are, and the commands for them. */
interface Group {
  group: Command
  context: CommandContext
  way: ClientWay
}

/** Each way has a command, with the same actions. */
export function register(program: Command, context: CommandContext): void {
  const groupOf = (way: ClientWay, name: string, description: string): Group => ({
    group: program.command(name).description(description),
    context,
    way,
  })
  registerLogins(groupOf('login', 'clients', 'printers and applications that sign in by SMTP'))
  registerNetworks(groupOf('network', 'networks', 'networks that submit without signing in'))
  registerKeys(groupOf('api-key', 'api-keys', 'keys of the HTTP API'))
}

const withCommonOptions = (command: Command): Command =>
  command
    .requiredOption('--name <name>', 'what the client is called')
    .requiredOption('--sender <address>', 'an address to send as, name-*@domain or *@domain; repeat for more', collect)
    .option('--owner <address>', 'email address of the person who looks after it')
    .option('--place <text>', 'where it is')
    .addOption(new Option('--kind <kind>', 'what it is').choices(CLIENT_KINDS))
    .option('--max-per-minute <number>', 'the most messages that it may submit in a minute')
    .addOption(new Option('--report <who>', 'who is notified of a message that failed').choices(FAILURE_REPORTS))

interface AddOptions {
  name: string
  sender: string[]
  owner?: string
  place?: string
  kind?: string
  maxPerMinute?: string
  report?: string
  network?: string[]
  scope?: string
  expires?: string
}

const fieldsOf = (options: AddOptions, kind: string): ClientFields => ({
  kind: options.kind ?? kind,
  name: options.name,
  owner: options.owner ?? '',
  place: options.place ?? '',
  senders: options.sender.join('\n'),
  networks: (options.network ?? []).join('\n'),
  maxPerMinute: options.maxPerMinute ?? '',
  failureReport: options.report ?? '',
  scopes: options.scope ?? '',
  expiresAt: options.expires ?? '',
})

function registerLogins(logins: Group): void {
  const { group, context } = logins
  withCommonOptions(jsonCommand(group, 'add').description('add a client and print its user name and password once'))
    .option('--network <cidr>', 'a network that it connects from; repeat for more', collect)
    .action(async (options: AddOptions) => {
      const added = await addClient(logins, fieldsOf(options, 'printer'))
      if (added) printLogin(context, added)
    })
  registerList(logins, ({ login }) => ({ login }))
  registerChange(logins, 'disable', 'reject a client until it is enabled on the Clients page', 'disable')
  registerChange(logins, 'remove', 'remove a client; its messages are kept', 'remove')
  jsonCommand(group, 'reset-password')
    .argument('<client>', FOUND_BY.login)
    .description('print a new password once; the old one is rejected from now on')
    .action(async (which: string) => {
      const services = await context.services()
      const client = await find(services, logins, which)
      const reset = await services.submission.clients.resetSecret(context.caller, client.id)
      if (!reset) throw noClient(logins, which)
      printLogin(context, reset)
    })
}

function printLogin(context: CommandContext, { id, login, secret }: Added): void {
  const password = secret?.reveal()
  context.document({ id, login, password })
  for (const line of [`User name: ${login}`, `Password:  ${password}`]) context.print(line)
  if (!context.isJson) context.say('The password is shown only now.')
}

function registerNetworks(networks: Group): void {
  const { group, context } = networks
  withCommonOptions(
    jsonCommand(group, 'add')
      .argument('<cidr...>', 'networks, such as 192.0.2.0/24')
      .description('let networks submit without signing in'),
  ).action(async (cidrs: string[], options: AddOptions) => {
    const added = await addClient(networks, fieldsOf({ ...options, network: cidrs }, 'printer'))
    if (!added) return
    context.document({ id: added.id })
    context.print(`${cidrs.join(', ')} may submit without signing in.`)
  })
  registerList(networks, () => ({}))
  registerChange(networks, 'remove', 'stop a network from submitting', 'remove')
}

function registerKeys(keys: Group): void {
  const { group, context } = keys
  withCommonOptions(jsonCommand(group, 'add').description('add a key and print it once'))
    .option('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}`, choicesOfScope, 'send')
    .option('--expires <date>', 'last day on which it is valid, such as 2027-05-01')
    .option('--network <cidr>', 'a network that it is used from; repeat for more', collect)
    .action(async (options: AddOptions) => {
      const added = await addClient(keys, fieldsOf(options, 'application'))
      if (!added) return
      context.document({ id: added.id, key: added.secret?.reveal() })
      context.print(added.secret?.reveal())
      if (!context.isJson) context.say('The key is shown only now.')
    })
  registerList(keys, ({ hint, scopes, expiresAt }) => ({
    hint,
    scopes,
    expires: expiresAt?.toISOString() ?? null,
  }))
  registerChange(keys, 'revoke', 'revoke a key; it is rejected from now on', 'remove')
}

/** As `choices` of commander, which knows no option with several. @throws UsageFault */
function choicesOfScope(text: string): string {
  const scopes = parseScopes(text)
  if (!scopes.ok) throw new UsageFault(`--scope: ${errorText(scopes.error)}`)
  return text
}

function registerList(clients: Group, own: (client: Client) => Record<string, unknown>): void {
  const { group, context } = clients
  jsonCommand(group, 'list')
    .description('list them, without secrets')
    .action(async () => {
      const list = (await clientsOf(await context.services(), clients)).map((client) => ({
        ...pick(client, 'id', 'name'),
        ...own(client),
        ...pick(client, 'owner', 'senders', 'networks', 'maxPerMinute'),
        disabled: client.disabledAt !== null,
        lastSeen: client.lastSeenAt?.toISOString() ?? null,
      }))
      context.document(list)
      for (const { name, senders, disabled, lastSeen, ...rest } of list) {
        const keyOrNetworks = 'hint' in rest ? `${rest.hint}…` : rest.networks.join(', ')
        const identifiedBy = 'login' in rest ? rest.login : keyOrNetworks
        const state = disabled ? 'disabled' : `last seen ${lastSeen ?? 'never'}`
        const expiry = 'expires' in rest && rest.expires !== null ? `  expires ${rest.expires}` : ''
        context.print(`${name}  ${identifiedBy}  as ${senders.join(', ')}  ${state}${expiry}`)
      }
      if (list.length === 0 && !context.isJson) context.say('None yet.')
    })
}

function registerChange(clients: Group, name: string, description: string, change: 'disable' | 'remove'): void {
  const { group, context, way } = clients
  jsonCommand(group, name)
    .argument('<client>', FOUND_BY[way])
    .description(description)
    .action(async (which: string) => {
      const services = await context.services()
      const { id } = await find(services, clients, which)
      const isDone = await services.submission.clients[change](context.caller, id)
      if (!isDone) context.exit(1)
      context.document({ id, done: isDone })
      if (!context.isJson) context.say(isDone ? 'Done.' : 'There was nothing to change.')
    })
}

async function addClient({ context, way }: Group, fields: ClientFields) {
  const services = await context.services()
  const added = await services.submission.clients.add(context.caller, way, fields)
  if (added.ok) return added.value
  const networks = way === 'network' ? 'cidr' : '--network'
  refuseFields(context, errorTexts(added.error, { ...LABELS, networks }))
  return null
}

const LABELS: Record<Exclude<keyof ClientFields, 'networks'>, string> = {
  kind: '--kind',
  name: '--name',
  owner: '--owner',
  place: '--place',
  senders: '--sender',
  maxPerMinute: '--max-per-minute',
  failureReport: '--report',
  scopes: '--scope',
  expiresAt: '--expires',
}

const clientsOf = async ({ submission }: Services, { way }: Group): Promise<Client[]> =>
  (await submission.clients.list()).filter((client) => client.way === way)

/** What a client of each way is named by on the command line. */
const FOUND_BY: Record<ClientWay, string> = {
  login: 'name, user name or id',
  network: 'name, network or id',
  'api-key': 'name or id',
}

/** The client that is named as `FOUND_BY` says. @throws UsageFault if there is none */
async function find(services: Services, group: Group, which: string): Promise<Client> {
  const clients = await clientsOf(services, group)
  const wanted = which.toLowerCase()
  const client =
    clients.find(({ id, login }) => id === wanted || login === wanted) ??
    clients.find(({ name }) => name.toLowerCase() === wanted) ??
    clients.find(
      // The networks of other clients only limit where they are used from, and many may have the same.
      ({ way, networks }) =>
        way === 'network' &&
        networks.some((network) => network === wanted || network.replace(/\/(32|128)$/, '') === wanted),
    )
  if (!client) throw noClient(group, which)
  return client
}

const NOUNS: Record<ClientWay, string> = { login: 'client', network: 'network', 'api-key': 'API key' }

const noClient = ({ group, way }: Group, which: string): UsageFault =>
  new UsageFault(
    `there is no ${NOUNS[way]} “${which.slice(0, 100)}”; \`postroom ${group.name()} list\` shows all of them`,
  )
