import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import tls from 'node:tls'
import type { TestIdentity } from './certificates'

/** For tests only: a listener on loopback that counts what comes, and ends with the test. */
export interface TestServer {
  port: number
  connections: number
  /** Milliseconds by `performance.now()` at which the last connection ended; null while one is open. */
  endedAt: number | null
  received: Buffer[]
  close(): Promise<void>
}

export async function listen(
  onConnection: (socket: Socket, server: TestServer) => void,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<TestServer> {
  const open = new Set<Socket>()
  const server: Server = net.createServer({ noDelay: true }, (socket) => {
    about.connections++
    about.endedAt = null
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      about.endedAt = performance.now()
    })
    socket.on('data', (chunk) => about.received.push(chunk))
    onConnection(socket, about)
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const about: TestServer = {
    port: (server.address() as AddressInfo).port,
    connections: 0,
    endedAt: null,
    received: [],
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return about
}

/** What the server does at a command, or `null` for its usual answer. A string is sent as it is, with CRLF. */
export type Act = string | null | ((socket: Socket) => void)

export interface SmtpScript {
  identity?: TestIdentity
  security?: 'starttls' | 'tls' | 'none'
  tls?: tls.TlsOptions
  /** Lines of EHLO after the first. */
  extensions?: (secured: boolean) => string[]
  /** Called for `GREETING`, each command line, and `MESSAGE` after the dot. */
  act?(line: string, state: { secured: boolean; nth: number }): Act
}

export interface SmtpTestServer extends TestServer {
  /** Commands as they came, in clear. */
  commands: string[]
  messages: string[]
  /** Commands that came before TLS. */
  plain: string[]
}

const EXTENSIONS = (secured: boolean): string[] => [
  'SIZE 1000000',
  'PIPELINING',
  ...(secured ? ['AUTH PLAIN LOGIN XOAUTH2'] : ['STARTTLS']),
  'ENHANCEDSTATUSCODES',
  'SMTPUTF8',
]

/** For tests only: a mail server that says what the script wants, over a real socket. */
export async function startSmtp(script: SmtpScript = {}): Promise<SmtpTestServer> {
  const { identity, security = 'starttls' } = script
  const heard: Heard = { commands: [], messages: [], plain: [] }
  const context = identity ? { cert: identity.cert, key: identity.key, ...script.tls } : {}

  const server = await listen((raw) => {
    if (security === 'tls') secured(raw)
    else converse(raw, { script, heard, isSecured: false, secured }, true)
  })

  function secured(raw: Socket, greet = true): void {
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: tls.createSecureContext(context) })
    socket.on('error', () => {})
    socket.once('secure', () => converse(socket, { script, heard, isSecured: true, secured }, greet))
  }

  return Object.assign(server, heard)
}

type Heard = Pick<SmtpTestServer, 'commands' | 'messages' | 'plain'>

interface Conversation {
  script: SmtpScript
  heard: Heard
  isSecured: boolean
  /** Continues over TLS. */
  secured(socket: Socket, greet: boolean): void
}

/** What is answered to a command if the script wants nothing else. */
const USUAL: Record<string, string> = {
  AUTH: '235 2.7.0 Authentication successful',
  MAIL: '250 2.1.0 Sender OK',
  RCPT: '250 2.1.5 Recipient OK',
  QUIT: '221 bye',
  RSET: '250 2.0.0 reset',
  STARTTLS: '220 2.0.0 ready',
}

function converse(socket: Socket, conversation: Conversation, greet: boolean): void {
  const { heard, isSecured, script } = conversation
  const act = script.act ?? (() => null)
  const say = (line: string, usual: string) => {
    const nth = heard.commands.filter((command) => command === line).length
    const wanted = act(line, { secured: isSecured, nth })
    if (typeof wanted === 'function') wanted(socket)
    else socket.write(`${wanted ?? usual}\r\n`)
    return wanted
  }
  const answer = answers(socket, conversation, say)
  let buffer = ''
  let inData = false
  socket.on('data', (chunk: Buffer) => {
    buffer += chunk.toString('latin1')
    for (;;) {
      const mark = inData ? '\r\n.\r\n' : '\r\n'
      if (inData && buffer.startsWith('.\r\n')) buffer = `\r\n${buffer}`
      const at = buffer.indexOf(mark)
      if (at < 0) return
      const text = buffer.slice(0, at)
      buffer = buffer.slice(at + mark.length)
      if (inData) {
        inData = false
        heard.messages.push(Buffer.from(text, 'latin1').toString('utf8'))
        say('MESSAGE', '250 2.0.0 OK <0123@lab.prod.outlook.com> [Hostname=lab.litware.example]')
        continue
      }
      heard.commands.push(text)
      if (!isSecured) heard.plain.push(text)
      inData = answer(text)
    }
  })
  if (greet) say('GREETING', '220 mail.litware.example Microsoft ESMTP MAIL Service ready')
}

type Say = (line: string, usual: string) => ReturnType<NonNullable<SmtpScript['act']>>

/** Answers one line. True if a message follows. */
function answers(socket: Socket, { script, isSecured, secured }: Conversation, say: Say): (line: string) => boolean {
  let recipients = 0
  /** Lines of a login that are still to come. */
  let loginLines = 0
  const login = (line: string): void => {
    if (line === 'AUTH LOGIN') loginLines = say(line, '334 VXNlcm5hbWU6') === null ? 2 : 0
    else if (/^AUTH \S+$/.test(line)) loginLines = say(line, '334 ') === null ? 1 : 0
    else say(line, USUAL.AUTH ?? '')
  }
  return (line) => {
    const verb = line.split(' ')[0] ?? ''
    if (loginLines > 0) {
      loginLines--
      say(line, loginLines > 0 ? '334 UGFzc3dvcmQ6' : (USUAL.AUTH ?? ''))
    } else if (verb === 'EHLO') {
      const lines = ['mail.litware.example', ...(script.extensions ?? EXTENSIONS)(isSecured)]
      say(line, lines.map((text, at) => `250${at === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'))
    } else if (verb === 'AUTH') login(line)
    else if (verb === 'DATA') {
      const ready = say(line, recipients > 0 ? '354 go ahead' : '503 5.5.1 no recipient') === null && recipients > 0
      recipients = 0
      return ready
    } else {
      const wanted = say(line, USUAL[verb] ?? '500 5.5.1 unknown')
      if (verb === 'RCPT' && wanted === null) recipients++
      if (verb === 'QUIT') socket.end()
      if (verb === 'STARTTLS' && (wanted === null || (typeof wanted === 'string' && wanted.startsWith('220')))) {
        socket.removeAllListeners('data')
        secured(socket, false)
      }
    }
    return false
  }
}

export interface HttpsTestServer extends TestServer {
  /** Head and body of each request as it came. */
  requests: string[]
  origin: string
}

/** For tests only: answers once a request with its body is in. Hostile bytes are possible because nothing is formatted. */
export async function startHttps(
  identity: TestIdentity,
  answer: (request: string) => string | ((socket: Socket) => void),
): Promise<HttpsTestServer> {
  const requests: string[] = []
  const server = await listen((raw) => {
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: tls.createSecureContext({ ...identity }) })
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (body === undefined || Buffer.byteLength(body) < length) return
      requests.push(text)
      const said = answer(text)
      if (typeof said === 'string') socket.end(said)
      else said(socket)
    })
  })
  return Object.assign(server, { requests, origin: `https://localhost:${server.port}` })
}

/** A well-formed answer in JSON. */
export const jsonAnswer = (body: unknown, status = 200, headers: Record<string, string> = {}): string => {
  const text = JSON.stringify(body)
  const lines = Object.entries({
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  })
  return `HTTP/1.1 ${status} Said\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`
}

/**
 * Passes bytes on to another port of this machine. Once a client's bytes hold `text`, they still go on, but no answer comes back: the
 * connection is cut when the first byte of it would.
 */
export async function startCuttingProxy(port: number): Promise<TestServer & { cutAfter: string | null }> {
  const proxy = Object.assign(
    await listen((client) => {
      let isCut = false
      const server = net.connect(port, '127.0.0.1')
      server.on('error', () => client.destroy()).on('close', () => client.destroy())
      client.on('close', () => server.destroy())
      client.on('data', (chunk) => {
        isCut ||= proxy.cutAfter !== null && chunk.includes(proxy.cutAfter)
        server.write(chunk)
      })
      server.on('data', (chunk) => {
        if (isCut) client.destroy()
        else client.write(chunk)
      })
    }),
    { cutAfter: null as string | null },
  )
  return proxy
}
