import type { DbDeps } from '../../db'
import { type Clock, type Logger, SECOND_MS } from '../../kernel'
import type { SubmissionService } from '..'
import { ENTRANCES, type Entrance, openPorts, type Ports } from '../entrance'
import { createSpool } from '../spool'
import { networkClients, readClient } from '../store/clients'
import { LIMITS, type Limits } from './connection'
import { Gate } from './gate'
import { type ListenerCertificate, listen, type SubmissionListener } from './listener'
import { createSessionLog } from './session-log'

export interface ListenersDeps extends DbDeps {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  submission: SubmissionService
  name: string
  /** Where large messages wait until they are stored. It is emptied. */
  spoolFolder: string
  limits?: Limits
}

/** Listens on every port that is given. @throws if one of them cannot be listened on; then none is */
export async function openListeners(
  { db, clock, log, submission, name, spoolFolder, limits = LIMITS }: ListenersDeps,
  place: { host: string; ports: Ports },
  certificate: ListenerCertificate,
) {
  const sessions = createSessionLog(db, log, submission.now)
  const knownNetworks = recently(clock, () => networkClients(db))
  const deps = {
    clock,
    log,
    name,
    sessions,
    submission,
    authentication: submission.authentication,
    currentClient: recently(clock, (id) => readClient(db, id)),
    networkClients: () => knownNetworks(''),
    limits,
    gate: new Gate(limits),
    spool: createSpool(spoolFolder),
  }
  const open: SubmissionListener[] = []
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close(graceMs)))
    await sessions.close()
  }
  const ports: Partial<Record<Entrance, number>> = {}
  for (const { entrance, port } of openPorts(place.ports, ENTRANCES)) {
    try {
      const listener = await listen(deps, entrance, { host: place.host, port }, certificate)
      open.push(listener)
      ports[entrance] = listener.port
    } catch (error) {
      await close(0)
      throw error
    }
  }
  return {
    ports,
    close,
    renew(renewed: ListenerCertificate): void {
      for (const listener of open) listener.renew(renewed)
    },
  }
}

/** How old a cached client may be. It bounds the reads of a client that sends many messages. */
const CACHED_FOR_MS = SECOND_MS
const KEYS_MAX = 10_000

/** Remembers what was read for a second; callers at the same time share one read. */
function recently<T>(clock: Clock, read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, { readMs: number; value: Promise<T> }>()
  return (key) => {
    const now = clock.monotonicMs()
    const cached = known.get(key)
    if (cached && now - cached.readMs < CACHED_FOR_MS) return cached.value
    const value = read(key)
    if (known.size >= KEYS_MAX) known.clear()
    known.set(key, { readMs: now, value })
    value.catch(() => known.delete(key)) // The next caller reads again.
    return value
  }
}
