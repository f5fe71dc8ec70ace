import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect as connectTls } from 'node:tls'
import { type Simulator, startSimulator } from './simulator'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** With a temporary folder, which its end removes. */
export async function temporarySimulator(): Promise<Simulator> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'simulator-'))
  const simulator = await startSimulator({ dataDir })
  const close = async () => {
    await simulator.close()
    rmSync(dataDir, { recursive: true })
  }
  return { ...simulator, close }
}

/** One HTTPS request that trusts the simulator's CA. */
export async function ask(
  simulator: Simulator,
  url: string,
  options: { form?: Record<string, string>; json?: unknown; method?: string; bearer?: string } = {},
): Promise<Answer> {
  const { form, json, bearer } = options
  // `undefined` has no JSON, and no body.
  const body: string | undefined = form ? new URLSearchParams(form).toString() : JSON.stringify(json)
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  const sent = request(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    ca: simulator.caPem,
    headers: {
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
  })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode, headers: response.headers, text }
}

export function tokenRequest(
  simulator: Simulator,
  over: Record<string, string> = {},
  tenant = simulator.ready.tenantId,
) {
  const { clientId, clientSecret, cloud, entraOrigin } = simulator.ready
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: cloud.exchangeScope,
    ...over,
  }
  return ask(simulator, `${entraOrigin}/${tenant}/oauth2/v2.0/token`, { form })
}

export async function tokenFor(simulator: Simulator, over: Record<string, string> = {}): Promise<string> {
  const { text } = await tokenRequest(simulator, over)
  return (JSON.parse(text) as { access_token: string }).access_token
}

/** Posts to the control API and returns its result. */
export async function control(simulator: Simulator, path: string, parameters: Record<string, unknown> = {}) {
  const sent = { method: 'POST', body: JSON.stringify(parameters) }
  const answer = await fetch(`${simulator.ready.controlUrl}/${path}`, sent)
  const body = (await answer.json()) as Record<string, unknown>
  if (!answer.ok) throw new Error(String(body.error))
  return (body.result ?? body) as Record<string, unknown>
}

/** An SMTP client that sends exactly the given lines. */
export class SmtpClient {
  #text = ''
  #closed = false
  #wake = () => {}

  private constructor(private socket: Socket) {
    this.#listen()
  }

  static open(port: number): SmtpClient {
    return new SmtpClient(connectPlain({ port, host: '127.0.0.1' }))
  }

  static openTls(port: number, ca: string): SmtpClient {
    return new SmtpClient(connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca }))
  }

  #listen(): void {
    this.socket.on('data', (chunk) => {
      this.#text += chunk.toString()
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  /** The next complete reply, its lines joined by \n, or `''` if the connection is closed. */
  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#text)
      if (whole) {
        this.#text = this.#text.slice(whole[0].length)
        return whole[0].trimEnd().replaceAll('\r\n', '\n')
      }
      if (this.#closed) return ''
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }

  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`)
    return this.reply()
  }

  write(text: string): void {
    this.socket.write(text)
  }

  async secure(ca: string): Promise<string> {
    this.socket.removeAllListeners('data')
    const secured = connectTls({ socket: this.socket, servername: 'localhost', ca })
    await once(secured, 'secureConnect')
    this.socket = secured
    this.#text = ''
    this.#listen()
    return secured.getProtocol() ?? ''
  }

  close(): void {
    this.socket.destroy()
  }
}

export const xoauth2 = (user: string, token: string): string =>
  Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`).toString('base64')

/** Greeted, secured and greeted again: ready for AUTH. */
export async function secureClient(simulator: Simulator): Promise<SmtpClient> {
  const client = SmtpClient.open(simulator.ready.smtpPort)
  await client.reply()
  await client.say('EHLO client.example')
  await client.say('STARTTLS')
  await client.secure(simulator.caPem)
  await client.say('EHLO client.example')
  return client
}

/** Logs in as the ready line says. Returns the client and the answer to AUTH. */
export async function login(simulator: Simulator, user = simulator.ready.sender, token?: string) {
  const client = await secureClient(simulator)
  const reply = await client.say(`AUTH XOAUTH2 ${xoauth2(user, token ?? (await tokenFor(simulator)))}`)
  return { client, reply }
}

/** Sends one message and returns every reply from MAIL on. */
export async function send(client: SmtpClient, from: string, to: string, content?: string): Promise<string[]> {
  const replies = [await client.say(`MAIL FROM:<${from}>`)]
  if (replies[0]?.startsWith('2')) replies.push(await client.say(`RCPT TO:<${to}>`))
  if (replies.at(-1)?.startsWith('2')) replies.push(await client.say('DATA'))
  if (!replies.at(-1)?.startsWith('354')) return replies
  const message = content ?? `From: <${from}>\r\nTo: <${to}>\r\nSubject: Hello\r\n\r\nHello.\r\n`
  replies.push(await client.say(`${message}.`))
  return replies
}
