import type { Db } from '../../db'
import { type Clock, type MailServerSettings, SECOND_MS } from '../../kernel'
import type { Policy, PolicyService } from '../../policy'
import { readServer, readServerIds, type ServerIds } from '../store/sender-sources'

/** How old a cached read of the mail servers' ids and of the rules may be. It bounds the reads however many messages there are. */
const CACHED_FOR_MS = SECOND_MS

export interface Snapshot {
  servers: ServerIds
  /** Null if the rules cannot be read. */
  policy: Policy | null
  readMs: number
}

/** Reads what senders are chosen by. It caches what is read for every message and changes rarely. */
export class SenderSources {
  readonly #settings = new Map<string, { version: number; server: MailServerSettings }>()
  #snapshot: Snapshot | null = null
  #reading: Promise<Snapshot> | null = null

  constructor(
    private readonly db: Db,
    private readonly clock: Clock,
    private readonly rules: Pick<PolicyService, 'current'>,
  ) {}

  /** The mail servers and rules of a moment ago. Concurrent callers share one read, and none waits while the last one is recent. */
  async recent(): Promise<Snapshot> {
    const snapshot = this.#snapshot
    const ageMs = snapshot ? this.clock.monotonicMs() - snapshot.readMs : Number.POSITIVE_INFINITY
    if (snapshot && ageMs < CACHED_FOR_MS) return snapshot
    this.#reading ??= this.read().finally(() => {
      this.#reading = null
    })
    if (!snapshot || ageMs >= 2 * CACHED_FOR_MS) return this.#reading
    this.#reading.catch(() => {}) // The next caller reads again and gets the error.
    return snapshot
  }

  async read(): Promise<Snapshot> {
    const readMs = this.clock.monotonicMs()
    const [servers, current] = await Promise.all([readServerIds(this.db), this.rules.current()])
    this.#snapshot = { servers, policy: current?.policy ?? null, readMs }
    return this.#snapshot
  }

  /** A mail server's settings, or null if they cannot be read. `version` is the one that is needed; null accepts any cached one. */
  async settings(mailServerId: string, version: number | null): Promise<MailServerSettings | null> {
    const cached = this.#settings.get(mailServerId)
    if (cached && cached.version === (version ?? cached.version)) return cached.server
    const stored = await readServer(this.db, mailServerId)
    if (stored) this.#settings.set(mailServerId, stored)
    return stored?.server ?? null
  }
}
