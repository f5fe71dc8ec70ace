import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import type { SecureContext } from 'node:tls'
import { Control } from './control/control'
import { Inbox, TEAMS_PATH, TEAMS_QUERY, WEBHOOK_PATH } from './control/inbox'
import { InboxPages } from './control/inbox-page'
import { MailboxPages } from './control/mailbox-page'
import { Entra } from './entra/entra'
import { Federation } from './entra/federation'
import { APP_SERVICE_PATH, ManagedIdentity } from './entra/managed-identity'
import { Tokens } from './entra/tokens'
import { converse } from './exchange/converse'
import { Exchange } from './exchange/exchange'
import { MailHost } from './exchange/mail-host'
import { Mailbox } from './exchange/mailbox'
import type { SmtpHost } from './exchange/smtp-host'
import type { FaultName } from './faults/fault-list'
import { Faults } from './faults/faults'
import { Graph } from './graph/graph'
import type { Ready } from './ready'
import { type CertificateKind, certificatesOfProcess } from './tls/certificates'
import { httpsServer, plainServer } from './web/https'
import { type Listening, listenOnLoopback } from './web/listening'
import { ReceivedLog } from './web/received'
import { browse, elsewhere, type Handler, urlOf } from './web/web'
import { MovableClock } from './world/clock'
import type { World } from './world/world'
import { CONTOSO, makeWorld, POSTROOM_APP } from './world/world-start'

export interface SimulatorOptions {
  /** Where `ca.pem` and the federated token are written; made if it is not there. */
  dataDir: string
  /** The first of eight ports; 0 or absent: free ones. */
  portBase?: number
}

export interface Simulator {
  ready: Ready
  /** What clients must trust, PEM; also in the file `ready.caFile`. */
  caPem: string
  faults: Faults
  clock: MovableClock
  mailbox: Mailbox
  inbox: Inbox
  received: ReceivedLog
  reset(): void
  close(): Promise<void>
}

/** Starts Entra, Graph, Exchange, an ordinary mail server, a webhook inbox and the pages, all on loopback. */
export async function startSimulator({ dataDir, portBase = 0 }: SimulatorOptions): Promise<Simulator> {
  const faults = new Faults()
  const clock = new MovableClock(faults)
  const received = new ReceivedLog()
  const mailbox = new Mailbox()
  const tokens = new Tokens(clock, faults)
  const certificates = certificatesOfProcess()
  const fresh = makeWorld(new Date())
  let world = structuredClone(fresh)

  const origins = { entra: '', elsewhere: '', inbox: '' }
  const hooks = () => ({
    webhookUrl: `${origins.inbox}${WEBHOOK_PATH}`,
    teamsWebhookUrl: `${origins.inbox}${TEAMS_PATH}${TEAMS_QUERY}`,
  })
  const shared = {
    world: () => world,
    faults,
    clock,
    tokens,
    received,
    mailbox,
    origin: () => origins.entra,
    elsewhere: () => origins.elsewhere,
    url: () => `${origins.entra}/graph`,
  }
  const federation = new Federation({
    clock,
    dataDir,
    signer: tokens.signer,
    issuer: () => `${origins.entra}/federation`,
  })
  const { entra, graph, exchange, identity, inbox } = makeServices(shared, federation)
  const login = { username: 'postroom', password: randomBytes(15).toString('base64url') }

  function reset(): void {
    clock.real()
    for (const memory of [faults, received, mailbox, inbox]) memory.clear()
    for (const service of [exchange, graph, entra]) service.forget()
    world = structuredClone(fresh)
    federation.reset()
  }
  const pages = { mailbox: new MailboxPages(mailbox), inbox: new InboxPages(inbox, hooks) }
  const control = new Control({ ...shared, federation, reset })
  const handlers = siteHandlers({ control, identity, pages, graph, federation, entra })
  const makers = serverMakers({ ...shared, ...handlers, certificates, login, exchange, inbox })
  const open = await listenAll(makers, portBase)
  const close = async () => {
    federation.stop()
    await closeAll(open)
  }
  const ports = portsOf(open)
  origins.entra = `https://localhost:${ports.entraPort}`
  origins.elsewhere = `https://localhost:${ports.farPort}`
  origins.inbox = `https://localhost:${ports.inboxPort}`

  mkdirSync(dataDir, { recursive: true })
  const caFile = path.resolve(dataDir, 'ca.pem')
  writeFileSync(caFile, certificates.caPem)
  federation.write()

  const ready = readyLine({
    world: fresh,
    caFile,
    origins,
    login,
    entra,
    federation,
    identity,
    hooks: hooks(),
    ports,
  })
  return { ready, caPem: certificates.caPem, faults, clock, mailbox, inbox, received, reset, close }
}

type Shared = Omit<ConstructorParameters<typeof Entra>[0], 'issuerKeys'> &
  Omit<ConstructorParameters<typeof Graph>[0], 'audiences'> &
  Omit<ConstructorParameters<typeof Exchange>[0], 'audiences'> &
  ConstructorParameters<typeof ManagedIdentity>[0] &
  ConstructorParameters<typeof Inbox>[0]

/** What Microsoft 365 consists of here, and the inbox of webhooks, over one world, one clock and one list of faults. */
function makeServices(shared: Shared, federation: Federation) {
  const entra = new Entra({ ...shared, issuerKeys: (issuer) => federation.keyOf(issuer) })
  return {
    entra,
    graph: new Graph({ ...shared, audiences: () => entra.graphAudiences() }),
    exchange: new Exchange({ ...shared, audiences: entra.exchangeAudiences() }),
    identity: new ManagedIdentity(shared),
    inbox: new Inbox(shared),
  }
}

function readyLine(parts: {
  world: World
  caFile: string
  origins: { entra: string }
  login: { username: string; password: string }
  entra: Entra
  federation: Federation
  identity: ManagedIdentity
  hooks: Pick<Ready, 'webhookUrl' | 'teamsWebhookUrl'>
  ports: ReturnType<typeof portsOf>
}): Ready {
  const { world, caFile, origins, login, entra, federation, identity, hooks, ports } = parts
  const contoso = world.tenants.find(({ id }) => id === CONTOSO)
  const postroom = contoso?.applications.find(({ appId }) => appId === POSTROOM_APP)
  const graphUrl = `${origins.entra}/graph`
  const webUrl = `http://localhost:${ports.webPort}`
  return {
    ready: true,
    caFile,
    cloud: {
      id: 'simulated',
      name: 'Simulated Microsoft 365',
      loginOrigin: origins.entra,
      exchangeScope: 'https://outlook.office365.com/.default',
      exchangeAudiences: [...entra.exchangeAudiences()],
      graphUrl,
      smtpHost: 'localhost',
      smtpPort: ports.smtpPort,
      exchangeEnvironmentName: null,
      portalUrl: 'https://entra.microsoft.com',
    },
    entraOrigin: origins.entra,
    smtpHost: 'localhost',
    smtpPort: ports.smtpPort,
    graphUrl,
    graphScope: `${graphUrl}/.default`,
    mailboxUrl: `${webUrl}/mailbox`,
    inboxUrl: `${webUrl}/inbox`,
    controlUrl: `${webUrl}/control`,
    tenantId: CONTOSO,
    clientId: POSTROOM_APP,
    clientSecret: postroom?.secrets[0]?.value ?? '',
    secretExpiresAt: postroom?.secrets[0]?.expiresAt.toISOString().slice(0, 10) ?? '',
    objectId: postroom?.servicePrincipal?.objectId ?? '',
    applicationObjectId: postroom?.objectId ?? '',
    sender: contoso?.mailboxes[0]?.address ?? '',
    smtpServer: {
      host: 'localhost',
      starttlsPort: ports.starttlsPort,
      tlsPort: ports.tlsPort,
      plainPort: ports.plainPort,
      ...login,
    },
    federation: federation.facts(),
    identityEndpoint: `${webUrl}${APP_SERVICE_PATH}`,
    identityHeader: identity.header,
    imdsUrl: webUrl,
    managedIdentity: contoso?.managedIdentity ?? null,
    ...hooks,
  }
}

/** What answers on the website and on the login host, by path. */
function siteHandlers(parts: {
  control: Control
  identity: ManagedIdentity
  pages: { mailbox: MailboxPages; inbox: InboxPages }
  graph: Graph
  federation: Federation
  entra: Entra
}): { site: Handler; login365: Handler } {
  const { control, identity, pages, graph, federation, entra } = parts
  const site: Handler = (request, response, url) => {
    if (ManagedIdentity.owns(url.pathname)) return identity.handle(request, response, url)
    if (url.pathname.startsWith('/control')) return control.handle(request, response, url)
    return url.pathname.startsWith('/inbox')
      ? pages.inbox.handle(request, response, url)
      : pages.mailbox.handle(request, response, url)
  }
  const login365: Handler = (request, response, url) => {
    if (url.pathname.startsWith('/graph/')) return graph.handle(request, response, url)
    return url.pathname.startsWith('/federation/')
      ? federation.handle(response, url)
      : entra.handle(request, response, url)
  }
  return { site, login365 }
}

/** One function for each server, in the order of their ports. */
function serverMakers(parts: {
  faults: Faults
  certificates: ReturnType<typeof certificatesOfProcess>
  received: ReceivedLog
  mailbox: Mailbox
  login: { username: string; password: string }
  exchange: Exchange
  inbox: Inbox
  site: Handler
  login365: Handler
}): (() => Server)[] {
  const { faults, certificates, received, mailbox, login, exchange, inbox, site, login365 } = parts
  const context = (certificate: FaultName, tls11: FaultName) => (): SecureContext =>
    certificates.context((faults.text(certificate) as CertificateKind | null) ?? 'good', faults.is(tls11))
  const good = (): SecureContext => certificates.context('good', false)
  const smtpContext = context('smtpCertificate', 'smtpTls11')
  const smtp =
    (host: SmtpHost, implicitTls = false) =>
    (): Server =>
      createServer({ noDelay: true }, (socket) =>
        converse({ socket, host, faults, context: smtpContext, implicitTls }, received),
      )
  const https = (secure: () => SecureContext, handler: Handler) => (): Server =>
    httpsServer(secure, async (request, response) => handler(request, response, urlOf(request)))
  const entraContext = context('entraCertificate', 'entraTls11')
  return [
    https(entraContext, login365),
    smtp(exchange),
    () => plainServer((request, response) => browse(request, response, site)),
    smtp(new MailHost({ mailbox, login, startTls: true })),
    smtp(new MailHost({ mailbox, login, startTls: false }), true),
    smtp(new MailHost({ mailbox, login: null, startTls: false })),
    https(entraContext, (request, response) => elsewhere(request, response, received)),
    https(good, (request, response, url) => inbox.handle(request, response, url)),
  ]
}

/** Opens every server, or none if one port is taken. */
async function listenAll(makers: readonly (() => Server)[], portBase: number): Promise<Listening[]> {
  const open: Listening[] = []
  try {
    for (const [at, make] of makers.entries()) open.push(await listenOnLoopback(make, portBase && portBase + at))
    return open
  } catch (thrown) {
    await closeAll(open)
    throw thrown
  }
}

const closeAll = (open: readonly Listening[]) => Promise.all(open.map((listening) => listening.close()))

/** The ports by name, in the order of `serverMakers`. */
function portsOf(open: readonly Listening[]) {
  const [
    entraPort = 0,
    smtpPort = 0,
    webPort = 0,
    starttlsPort = 0,
    tlsPort = 0,
    plainPort = 0,
    farPort = 0,
    inboxPort = 0,
  ] = open.map(({ port }) => port)
  return { entraPort, smtpPort, webPort, starttlsPort, tlsPort, plainPort, farPort, inboxPort }
}
