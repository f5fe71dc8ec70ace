import type { DbDeps } from '../../db'
import { type Logger, SECOND_MS } from '../../kernel'
import { readRecently } from '../../kernel/read-recently'
import type { SubmissionService } from '..'
import { ENTRANCES, type Entrance, openPorts, type Ports } from '../entrance'
import { createSpool } from '../spool'
import { networkClients, readClient } from '../store/clients'
import { LIMITS, type Limits } from './connection'
import { Gate } from './gate'
import { type ListenerCertificate, listen, type SubmissionListener } from './listener'
import { createSessionLog } from './session-log'

/** How old an answer may be. It bounds the reads of a client that sends many messages. */
const READ_AGAIN_AFTER_MS = SECOND_MS

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
  const deps = {
    clock,
    log,
    name,
    sessions,
    submission,
    authentication: submission.authentication,
    currentClient: readRecently(clock, READ_AGAIN_AFTER_MS, (id: string) => readClient(db, id)),
    networkClients: readRecently(clock, READ_AGAIN_AFTER_MS, () => networkClients(db)),
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
