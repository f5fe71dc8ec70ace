import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import type { SecureContext } from 'node:tls'
import { type CertificateKind, makeCertificates } from './certificates'
import { microsoftClock } from './clock'
import { Control } from './control'
import { Entra } from './entra'
import { Exchange } from './exchange'
import { type FaultName, Faults } from './faults'
import { Graph } from './graph'
import { answering, httpsServer, readBody } from './https'
import { type Listening, listenOnLoopback } from './listening'
import { MailHost } from './mail-host'
import { Mailbox } from './mailbox'
import { MailboxPages } from './mailbox-page'
import { ReceivedLog, type SmtpReceived } from './received'
import type { SmtpHost } from './smtp-host'
import { SmtpSession } from './smtp-session'
import { Tokens } from './tokens'
import { CONTOSO, makeWorld, POSTROOM_APP } from './world'

export interface SimulatorOptions {
  /** Where `ca.pem` is written; made if it is not there. */
  dataDir: string
  /** The first of seven ports; 0 or absent: free ones. */
  portBase?: number
}

/** What a client must know; printed as the one line on standard output. */
export interface Ready {
  ready: true
  caFile: string
  cloud: {
    id: string
    name: string
    loginOrigin: string
    exchangeScope: string
    exchangeAudiences: string[]
    graphUrl: string
    smtpHost: string
    smtpPort: number
    exchangeEnvironmentName: null
    portalUrl: string
  }
  entraOrigin: string
  smtpHost: string
  smtpPort: number
  graphUrl: string
  mailboxUrl: string
  controlUrl: string
  tenantId: string
  clientId: string
  clientSecret: string
  objectId: string
  sender: string
  smtpServer: {
    host: string
    starttlsPort: number
    tlsPort: number
    plainPort: number
    username: string
    password: string
  }
}

export interface Simulator {
  ready: Ready
  /** What clients must trust, PEM; also in the file `ready.caFile`. */
  caPem: string
  faults: Faults
  mailbox: Mailbox
  received: ReceivedLog
  reset(): void
  close(): Promise<void>
}

/** Starts Entra, Graph, Exchange, an ordinary mail server and the two pages, all on loopback. */
export async function startSimulator({ dataDir, portBase = 0 }: SimulatorOptions): Promise<Simulator> {
  const faults = new Faults()
  const clock = microsoftClock(faults)
  const received = new ReceivedLog()
  const mailbox = new Mailbox()
  const tokens = new Tokens(clock, faults)
  const certificates = makeCertificates()
  const fresh = makeWorld(new Date())
  let world = structuredClone(fresh)

  const context = (certificate: FaultName, tls11: FaultName) => (): SecureContext =>
    certificates.context((faults.text(certificate) as CertificateKind | null) ?? 'good', faults.is(tls11))
  const origins = { entra: '', elsewhere: '' }
  const shared = { world: () => world, faults, clock, tokens, received, mailbox }
  const entra = new Entra({ ...shared, origin: () => origins.entra, elsewhere: () => origins.elsewhere })
  const graph = new Graph({ ...shared, audiences: () => entra.graphAudiences() })
  const exchange = new Exchange({ ...shared, audiences: entra.exchangeAudiences() })
  const login = { username: 'postroom', password: randomBytes(15).toString('base64url') }

  function reset(): void {
    faults.clear()
    received.clear()
    mailbox.clear()
    exchange.forget()
    world = structuredClone(fresh)
  }
  const control = new Control({ ...shared, reset })
  const pages = new MailboxPages(mailbox)

  const smtpContext = context('smtpCertificate', 'smtpTls11')
  const smtp =
    (host: SmtpHost, implicitTls = false) =>
    (): Server =>
      createServer({ noDelay: true }, (socket) =>
        converse({ socket, host, faults, context: smtpContext, implicitTls }, received),
      )
  const https =
    (handler: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>) => (): Server =>
      httpsServer(context('entraCertificate', 'entraTls11'), (request, response) =>
        handler(request, response, urlOf(request)),
      )
  const web = (): Server =>
    createHttpServer(answering((request, response) => browse(request, response, pages, control)))
  const makers = [
    https((request, response, url) =>
      url.pathname.startsWith('/graph/') ? graph.handle(request, response, url) : entra.handle(request, response, url),
    ),
    smtp(exchange),
    web,
    smtp(new MailHost({ mailbox, login, startTls: true })),
    smtp(new MailHost({ mailbox, login, startTls: false }), true),
    smtp(new MailHost({ mailbox, login: null, startTls: false })),
    https((request, response) => elsewhere(request, response, received)),
  ]
  const open: Listening[] = []
  const close = async () => void (await Promise.all(open.map((listening) => listening.close())))
  try {
    for (const [at, make] of makers.entries()) open.push(await listenOnLoopback(make, portBase && portBase + at))
  } catch (thrown) {
    await close()
    throw thrown
  }
  const [entraPort = 0, smtpPort = 0, webPort = 0, starttlsPort = 0, tlsPort = 0, plainPort = 0, elsewherePort = 0] =
    open.map(({ port }) => port)
  origins.entra = `https://localhost:${entraPort}`
  origins.elsewhere = `https://localhost:${elsewherePort}`

  mkdirSync(dataDir, { recursive: true })
  const caFile = path.resolve(dataDir, 'ca.pem')
  writeFileSync(caFile, certificates.caPem)

  const contoso = fresh.tenants.find(({ id }) => id === CONTOSO)
  const postroom = contoso?.applications.find(({ appId }) => appId === POSTROOM_APP)
  const graphUrl = `${origins.entra}/graph`
  const ready: Ready = {
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
      smtpPort,
      exchangeEnvironmentName: null,
      portalUrl: 'https://entra.microsoft.com',
    },
    entraOrigin: origins.entra,
    smtpHost: 'localhost',
    smtpPort,
    graphUrl,
    mailboxUrl: `http://localhost:${webPort}/mailbox`,
    controlUrl: `http://localhost:${webPort}/control`,
    tenantId: CONTOSO,
    clientId: POSTROOM_APP,
    clientSecret: postroom?.secrets[0]?.value ?? '',
    objectId: postroom?.servicePrincipal?.objectId ?? '',
    sender: contoso?.mailboxes[0]?.address ?? '',
    smtpServer: { host: 'localhost', starttlsPort, tlsPort, plainPort, ...login },
  }
  return { ready, caPem: certificates.caPem, faults, mailbox, received, reset, close }
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost')

interface Spoken {
  socket: Socket
  host: SmtpHost
  faults: Faults
  context: () => SecureContext
  implicitTls: boolean
}

function converse(spoken: Spoken, received: ReceivedLog): void {
  const entry: SmtpReceived = received.add({
    service: spoken.host.service,
    at: new Date().toISOString(),
    port: spoken.socket.localPort ?? 0,
    tls: null,
    helo: null,
    bytes: 0,
    secretBytes: 0,
    clearSecretBytes: 0,
    secretSha256: [],
    login: null,
    conversation: [],
    messages: 0,
    open: true,
  })
  new SmtpSession({ ...spoken, entry }).run().catch((thrown: unknown) => {
    process.stderr.write(`simulator: ${String(thrown instanceof Error ? thrown.stack : thrown)}\n`)
    spoken.socket.destroy()
  })
}

const LOCAL_NAME = /^(localhost|127\.0\.0\.1|\[::1\]):\d+$/

/** Answers to its own name only, so that no web page elsewhere can reach it by another (DNS rebinding). */
async function browse(
  request: IncomingMessage,
  response: ServerResponse,
  pages: MailboxPages,
  control: Control,
): Promise<void> {
  const { host = '', origin } = request.headers
  if (!LOCAL_NAME.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
    response.writeHead(403).end('The simulator answers to this machine only.\n')
    return
  }
  const url = urlOf(request)
  if (url.pathname.startsWith('/control')) return control.handle(request, response, url)
  return pages.handle(request, response, url)
}

/** Another origin, to see what a client carries there when it follows a redirect. */
async function elsewhere(request: IncomingMessage, response: ServerResponse, received: ReceivedLog): Promise<void> {
  const body = (await readBody(request)) ?? ''
  const secret = new URLSearchParams(body).get('client_secret') ?? ''
  received.add({
    service: 'elsewhere',
    at: new Date().toISOString(),
    method: request.method ?? '',
    path: urlOf(request).pathname,
    bodyBytes: Buffer.byteLength(body),
    secretBytes: Buffer.byteLength(secret),
    secretSha256: null,
    clientId: null,
    scope: null,
    status: 200,
    outcome: 'elsewhere',
  })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}
