import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createAuditLog } from '../../lib/audit'
import { type Logger, systemClock } from '../../lib/kernel'
import type { OutboxOverrides } from '../../lib/services/outbox'
import { createSubmissionService } from '../../lib/submission'
import type { ClientFields, ClientWay } from '../../lib/submission/client'
import type { Entrance } from '../../lib/submission/entrance'
import { openListeners } from '../../lib/submission/smtp'
import type { Limits } from '../../lib/submission/smtp/connection'
import { type TestIdentity, testAuthority } from './certificates'
import { CLIENT_FIELDS } from './client-fields'
import type { TestDatabase } from './database'
import { caller } from './mail-server'
import { type OutboxWorld, outboxAt } from './outbox'
import { quiet } from './world'

/** For tests only. */
export interface SubmissionWorldOptions extends Partial<Omit<OutboxWorld, 'database'>> {
  database: Pick<TestDatabase, 'db' | 'url'>
  identity?: TestIdentity
  entrances?: readonly Entrance[]
  limits?: Limits
  log?: Logger
  overrides?: OutboxOverrides
  spoolFolder?: string
  /** The address to listen on. */
  host?: string
}

/** The listener as composed in production, with a real database. Ports are chosen by the system. */
export async function submissionWorld(options: SubmissionWorldOptions) {
  const { database, log = quiet, entrances = ['starttls'], limits, overrides, host = '0.0.0.0' } = options
  const authority = await testAuthority()
  const identity = options.identity ?? (await authority.certify({ names: ['localhost'] }))
  const { db } = database
  const clock = options.clock ?? systemClock
  const outbox = await outboxAt({ port: 25, ...options, database, log }, overrides)
  const submission = createSubmissionService({ db, clock, log, outbox, audit: createAuditLog(db, clock) })
  const ports = Object.fromEntries(entrances.map((entrance) => [entrance, 0]))
  const spoolFolder = options.spoolFolder ?? mkdtempSync(path.join(os.tmpdir(), 'postroom-spool-'))
  const listeners = await openListeners(
    { db, clock, log, submission, name: 'console.contoso.example', spoolFolder, ...(limits && { limits }) },
    { host, ports },
    identity,
  )
  return {
    submission,
    outbox,
    listeners,
    ports: listeners.ports,
    /** PEM of the authority that certified the listener. */
    ca: authority.certificate,
    /** Adds a client, and returns its login and its secret as text. */
    async client(fields: Partial<ClientFields> = {}, way: ClientWay = 'login') {
      const added = await submission.clients.add(caller, way, { ...CLIENT_FIELDS, ...fields })
      if (!added.ok) throw new Error(JSON.stringify(added.error))
      return { id: added.value.id, login: added.value.login ?? '', secret: added.value.secret?.reveal() ?? '' }
    },
    spoolFolder,
    async close(graceMs = 1_000) {
      await listeners.close(graceMs)
      rmSync(spoolFolder, { recursive: true, force: true })
    },
  }
}
