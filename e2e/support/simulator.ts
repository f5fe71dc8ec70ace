import path from 'node:path'
import { Watched } from './process'

/** The simulator's ready line, as far as tests use it. */
export interface SimulatorFacts {
  caFile: string
  cloud: Record<string, unknown> & { name: string }
  mailboxUrl: string
  inboxUrl: string
  webhookUrl: string
  teamsWebhookUrl: string
  controlUrl: string
  tenantId: string
  clientId: string
  clientSecret: string
  objectId: string
  sender: string
  smtpPort: number
  smtpServer: {
    host: string
    starttlsPort: number
    tlsPort: number
    plainPort: number
    username: string
    password: string
  }
}

export interface ArrivedMail {
  subject: string
  from: string
  to: string
  envelope: { from: string; to: string[] }
  text: string | null
  html: string | null
  messageId: string
  raw: string
}

export interface RegisteredApplication {
  objectId: string
  secrets: { keyId: string }[]
  certificates: { keyId: string }[]
}

/** What was posted to its webhook addresses. */
export interface Posted {
  kind: 'webhook' | 'teams'
  headers: Record<string, string>
  body: string
  json: unknown
  card: unknown
}

/** The built simulator of Microsoft 365 in a separate process, and its controls. */
export class Simulator {
  private constructor(
    readonly facts: SimulatorFacts,
    private readonly process: Watched,
  ) {}

  static async start(dataDir: string, node?: string): Promise<Simulator> {
    const folder = path.join(dataDir, 'simulator')
    const watched = new Watched(['dist/simulator.mjs', '--data', folder], process.env, node)
    const [line] = await watched.says(/^\{"ready":true.*\}$/m)
    return new Simulator(JSON.parse(line) as SimulatorFacts, watched)
  }

  stop = (): Promise<void> => this.process.stop()

  reset = (): Promise<void> => this.#post('reset', {})
  /** Switches faults on; null switches one off. */
  fault = (faults: Record<string, unknown>): Promise<void> => this.#post('faults', faults)
  /** Makes a change that an administrator of the simulated tenant could make. */
  change = (name: string, parameters: Record<string, unknown> = {}): Promise<void> =>
    this.#post(`world/${name}`, parameters)

  /** The console's application, as the tenant has it. */
  async application(): Promise<RegisteredApplication> {
    const { tenants } = await this.#get<{ tenants: { applications: (RegisteredApplication & { appId: string })[] }[] }>(
      `${this.facts.controlUrl}/state`,
    )
    const own = tenants.flatMap(({ applications }) => applications).find(({ appId }) => appId === this.facts.clientId)
    if (!own) throw new Error('the application is not registered')
    return own
  }

  async mails(): Promise<ArrivedMail[]> {
    return this.#get(this.facts.mailboxUrl.replace('/mailbox', '/mailbox.json'))
  }

  /** Newest first. */
  async posts(): Promise<Posted[]> {
    return this.#get(`${this.facts.inboxUrl}.json`)
  }

  /** What reached its services: secrets as counts and digests. */
  async requests(): Promise<{ service: string; secretBytes: number }[]> {
    return this.#get(`${this.facts.controlUrl}/requests`)
  }

  async #get<T>(url: string): Promise<T> {
    return (await fetch(url)).json() as Promise<T>
  }

  async #post(path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.facts.controlUrl}/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`simulator ${path}: ${await answer.text()}`)
  }
}
