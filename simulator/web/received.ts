import { createHash } from 'node:crypto'

/** Every request that reached the simulator. Secrets are recorded as SHA-256 and a count of bytes, never in clear. */
export type Received = HttpReceived | SmtpReceived

export interface HttpReceived {
  service: 'entra' | 'graph' | 'identity' | 'webhook' | 'elsewhere'
  at: string
  method: string
  path: string
  /** As sent, but decoded; of Graph only. */
  query?: string
  bodyBytes: number
  /** Bytes of `client_secret` and `client_assertion`, as sent. */
  secretBytes: number
  secretSha256: string | null
  clientId: string | null
  scope: string | null
  /** HTTP status and what was behind it; null while the answer is still owed. */
  status: number | null
  outcome: string | null
}

export interface SmtpReceived {
  service: 'exchange' | 'smtp-server'
  at: string
  port: number
  tls: string | null
  helo: string | null
  bytes: number
  /** Bytes of tokens and passwords, those outside TLS apart. */
  secretBytes: number
  clearSecretBytes: number
  secretSha256: string[]
  login: string | null
  /** Command and first line of its answer; secrets left out. */
  conversation: { command: string; reply: string }[]
  /** Messages taken. */
  messages: number
  open: boolean
}

const KEPT = 2000

export class ReceivedLog {
  #entries: Received[] = []

  add<T extends Received>(entry: T): T {
    this.#entries.push(entry)
    if (this.#entries.length > KEPT) this.#entries.shift()
    return entry
  }

  all(): readonly Received[] {
    return this.#entries
  }

  clear(): void {
    this.#entries = []
  }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
