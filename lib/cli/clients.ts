import { type Command, Option } from 'commander'
import type { Services } from '../services'
import {
  CLIENT_KINDS,
  type Client,
  type ClientFields,
  type ClientWay,
  FAILURE_REPORTS,
  SCOPES,
} from '../submission/client'
import type { Added } from '../submission/clients'
import { type CommandContext, collect, jsonCommand, refuse } from './context'
import { errorSentences } from './error-sentences'
import { UsageFault } from './usage-fault'

/** The three ways in which clients prove who they are. Each has a command, with the same actions. */
export function register(program: Command, context: CommandContext): void {
  registerLogins(program.command('clients').description('printers and applications that sign in by SMTP'), context)
  registerNetworks(program.command('networks').description('networks that submit without signing in'), context)
  registerKeys(program.command('api-keys').description('keys of the HTTP API'), context)
}

/** Options that every kind of client has. */
const withCommonOptions = (command: Command): Command =>
  command
    .requiredOption('--name <name>', 'what the client is called')
    .requiredOption('--sender <address>', 'an address, or *@domain, that it may send as; repeat for more', collect)
    .option('--owner <address>', 'email address of the person who looks after it')
    .option('--place <text>', 'where it is')
    .addOption(new Option('--kind <kind>', 'what it is').choices(CLIENT_KINDS))
    .option('--max-per-minute <number>', 'messages a minute')
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

function registerLogins(clients: Command, context: CommandContext): void {
  const add = withCommonOptions(
    jsonCommand(clients, 'add').description('add a client and print its user name and password once'),
  )
  add
    .option('--network <cidr>', 'a network that it connects from; repeat for more', collect)
    .action(async (options: AddOptions) => {
      const added = await addClient(context, 'login', fieldsOf(options, 'printer'))
      if (!added) return
      printLogin(context, added)
      if (!context.isJson) context.say('The password is shown only now.')
    })
  registerList(clients, context, 'login', ({ login }) => ({ login }))
  registerChange(
    clients,
    context,
    'disable',
    'login',
    'reject a client until it is enabled on the Clients page',
    (services, id) => services.submission.clients.disable(context.caller, id),
  )
  registerRemove(clients, context, 'remove', 'login', 'remove a client; its messages stay')
  jsonCommand(clients, 'reset-password')
    .argument('<client>', 'name, login or id')
    .description('print a new password once; the old one is rejected from now on')
    .action(async (which: string) => {
      const services = await context.services()
      const client = await find(services, 'login', which)
      const reset = await services.submission.clients.resetSecret(context.caller, client.id)
      if (!reset) throw new UsageFault(`there is no client ${which}`)
      printLogin(context, reset)
    })
}

function printLogin(context: CommandContext, { id, login, secret }: Added): void {
  const password = secret?.reveal()
  context.document({ id, login, password })
  for (const line of [`Login:    ${login}`, `Password: ${password}`]) context.print(line)
}

function registerNetworks(networks: Command, context: CommandContext): void {
  withCommonOptions(
    jsonCommand(networks, 'add')
      .argument('<cidr...>', 'networks, such as 192.0.2.0/24')
      .description('let a network submit'),
  ).action(async (cidrs: string[], options: AddOptions) => {
    const added = await addClient(context, 'network', fieldsOf({ ...options, network: cidrs }, 'printer'))
    if (!added) return
    context.document({ id: added.id })
    context.print(`${cidrs.join(', ')} may submit without signing in.`)
  })
  registerList(networks, context, 'network', () => ({}))
  registerRemove(networks, context, 'remove', 'network', 'stop a network from submitting')
}

function registerKeys(keys: Command, context: CommandContext): void {
  withCommonOptions(jsonCommand(keys, 'add').description('add a key and print it once'))
    .option('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}`, 'send')
    .option('--expires <date>', 'last day on which it is valid, such as 2027-05-01')
    .option('--network <cidr>', 'a network that it is used from; repeat for more', collect)
    .action(async (options: AddOptions) => {
      const added = await addClient(context, 'api-key', fieldsOf(options, 'application'))
      if (!added) return
      context.document({ id: added.id, key: added.secret?.reveal() })
      context.print(added.secret?.reveal())
      if (!context.isJson) context.say('The key is shown only now.')
    })
  registerList(keys, context, 'api-key', ({ hint, scopes, expiresAt }) => ({
    hint,
    scopes,
    expires: expiresAt?.toISOString() ?? null,
  }))
  registerRemove(keys, context, 'revoke', 'api-key', 'revoke a key; it is rejected from now on')
}

function registerList(
  group: Command,
  context: CommandContext,
  way: ClientWay,
  own: (client: Client) => Record<string, unknown>,
): void {
  jsonCommand(group, 'list')
    .description('list them, without secrets')
    .action(async () => {
      const clients = (await (await context.services()).submission.clients.list()).filter(
        (client) => client.way === way,
      )
      const list = clients.map((client) => ({
        id: client.id,
        name: client.name,
        ...own(client),
        owner: client.owner,
        senders: client.senders,
        networks: client.networks,
        maxPerMinute: client.maxPerMinute,
        disabled: client.disabledAt !== null,
        lastSeen: client.lastSeenAt?.toISOString() ?? null,
      }))
      context.document(list)
      for (const { name, senders, disabled, lastSeen, ...rest } of list) {
        const identifiedBy = 'login' in rest ? rest.login : 'hint' in rest ? `${rest.hint}…` : rest.networks.join(', ')
        const state = disabled ? 'disabled' : `last seen ${lastSeen ?? 'never'}`
        context.print(`${name}  ${identifiedBy}  as ${senders.join(', ')}  ${state}`)
      }
      if (list.length === 0 && !context.isJson) context.say('None yet.')
    })
}

function registerChange(
  group: Command,
  context: CommandContext,
  name: string,
  way: ClientWay,
  description: string,
  change: (services: Services, id: string) => Promise<boolean>,
): void {
  jsonCommand(group, name)
    .argument('<client>', 'name or id')
    .description(description)
    .action(async (which: string) => {
      const services = await context.services()
      const { id } = await find(services, way, which)
      const isDone = await change(services, id)
      if (!isDone) context.exit(1)
      context.document({ id, done: isDone })
      if (!context.isJson) context.say(isDone ? 'Done.' : 'There was nothing to change.')
    })
}

const registerRemove = (
  group: Command,
  context: CommandContext,
  name: string,
  way: ClientWay,
  description: string,
): void =>
  registerChange(group, context, name, way, description, (services, id) =>
    services.submission.clients.remove(context.caller, id),
  )

async function addClient(context: CommandContext, way: ClientWay, fields: ClientFields) {
  const services = await context.services()
  const added = await services.submission.clients.add(context.caller, way, fields)
  if (added.ok) return added.value
  refuse(context, errorSentences(added.error, LABELS).join('\n'), added.error)
  return null
}

const LABELS: Record<keyof ClientFields, string> = {
  kind: '--kind',
  name: '--name',
  owner: '--owner',
  place: '--place',
  senders: '--sender',
  networks: 'network',
  maxPerMinute: '--max-per-minute',
  failureReport: '--report',
  scopes: '--scope',
  expiresAt: '--expires',
}

/** The client of that name, login or id. @throws UsageFault if there is none */
async function find(services: Services, way: ClientWay, which: string): Promise<Client> {
  const clients = (await services.submission.clients.list()).filter((client) => client.way === way)
  const wanted = which.toLowerCase()
  const client =
    clients.find(({ id, login }) => id === wanted || login === wanted) ??
    clients.find(({ name }) => name.toLowerCase() === wanted) ??
    clients.find(({ networks }) =>
      networks.some((network) => network === wanted || network.replace(/\/(32|128)$/, '') === wanted),
    )
  if (!client) throw new UsageFault(`there is no client ${which.slice(0, 100)}`)
  return client
}
