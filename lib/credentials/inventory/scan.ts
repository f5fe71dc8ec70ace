import type { AuditEntry } from '../../audit/entry'
import type { DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import type { Caller } from '../../kernel/actor'
import { actorName, SYSTEM_CALLER } from '../../kernel/actor'
import { newId } from '../../kernel/ids'
import { fail, ok, type Result } from '../../kernel/result'

import { inUse } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { diagnosed, type EntraServer, isEntraServer, openedForEntra } from '../entra'
import type { CredentialStore } from '../ports'
import { isCredentialRefusal } from '../rejection'
import type { InventoryFaultNote, InventoryStore, LeasedRun } from './types'

/** Graph takes 150 requests a minute that select `keyCredentials`; a tenth stays free for other readers of the tenant. */
const PAGE_INTERVAL_MS = 450
/** A page takes Graph seconds, a lost connection a minute; a dead reader's run is taken over after this. */
const LEASE_MS = 3 * 60_000
/** Where Graph names no time. */
const WAIT_MS = 60_000
/** A run that meets no answer for so long, or is asked to wait for longer, has failed; the next day begins another. */
const RUN_MS_MAX = 12 * 60 * 60_000
/** Two million applications: no tenant may have so many, so this list has no end. */
const PAGES_MAX = 10_000
const PAGE_DEADLINE_MS = 90_000
/** Well under the clock's own limit for one job; what is left is the next minute's. */
const TURN_MS_MAX = 8 * 60_000

export interface InventoryDeps extends Pick<CredentialsDeps, 'vault' | 'clock' | 'directory'> {
  store: InventoryStore
  servers: Pick<CredentialStore, 'defaultServerId' | 'slots' | 'watch'>
  /** Waits between two pages; a test does not. */
  pause(ms: number): Promise<void>
}

/** The default mail server, where it is one that signs in at Entra: its application reads. */
export async function readingServer({ servers, clock }: Pick<InventoryDeps, 'servers' | 'clock'>) {
  const id = await servers.defaultServerId()
  const slots = id === null ? null : await servers.slots(id, clock.now())
  return slots && isEntraServer(slots.server) ? { server: slots.server, credentials: inUse(slots) } : null
}

const entry = (
  action: 'inventory.start' | 'inventory.end',
  { actor, origin }: Caller,
  tenantId: string,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry => ({ action, actor, origin, result, subject: `tenant:${tenantId}`, details })

export type BeginFault = 'switched-off' | 'no-server' | 'running'

/** Puts a run down; whoever works next takes it up. */
export async function beginReading(deps: InventoryDeps, caller: Caller): Promise<Result<void, BeginFault>> {
  if (!(await deps.servers.watch()).inventory) return fail('switched-off')
  const reading = await readingServer(deps)
  if (!reading) return fail('no-server')
  const { tenantId } = reading.server.exchange
  const run = { id: newId(), tenantId, startedBy: actorName(caller.actor), startedAt: deps.clock.now() }
  return deps.store.begin(run, entry('inventory.start', caller, tenantId, { run: run.id }))
}

/** What the application may do on Graph, told by a fresh token's roles. */
export type InventoryRights = Result<{ server: EntraServer; request: DirectoryRequest }, InventoryFaultNote | Weather>
/** Not an answer yet: asked again later. */
interface Weather {
  code: 'weather'
  evidence: string
  retryAfterMs: number | null
}

/** By whichever credential Entra takes. */
export async function readingRights(deps: InventoryDeps): Promise<InventoryRights> {
  const reading = await readingServer(deps)
  if (!reading) return fail({ code: 'settings', evidence: 'no mail server signs in at Entra' })
  const { server, credentials } = reading
  let last: InventoryFaultNote | Weather = { code: 'no-credential', evidence: 'there is no credential' }
  for (const credential of credentials) {
    const opened = await openedForEntra(deps.vault, server, credential)
    if (!opened.ok) {
      last = { code: 'no-credential', evidence: diagnosed(opened.error, deps.clock).evidence }
      continue
    }
    const request: DirectoryRequest = { ...server.exchange, credential: opened.value }
    const rights = await deps.directory.rights(request, AbortSignal.timeout(PAGE_DEADLINE_MS))
    if (rights.ok) {
      const { read, roles } = rights.value
      if (read) return ok({ server, request })
      const evidence = `needs Application.Read.All; the token has ${roles.join(', ') || 'no role'}`
      return fail({ code: 'not-permitted', evidence })
    }
    last = noteOf(deps, rights.error)
    if (last.code !== 'no-token') return fail(last)
  }
  return fail(last)
}

/** What is kept of it, for people. */
export const faultOf = ({ code, evidence }: InventoryFaultNote | Weather): InventoryFaultNote => ({
  code: code === 'weather' ? 'unanswered' : code,
  evidence,
})

function noteOf({ clock }: InventoryDeps, fault: DirectoryFault): InventoryFaultNote | Weather {
  switch (fault.kind) {
    case 'token': {
      const { code, evidence } = diagnosed(fault.fault, clock)
      if (isCredentialRefusal(code)) return { code: 'no-token', evidence }
      return { code: 'weather', evidence: evidence || code, retryAfterMs: null }
    }
    case 'net':
      return { code: 'weather', evidence: diagnosed(fault.fault, clock).evidence, retryAfterMs: null }
    case 'throttled':
    case 'unavailable':
      return { code: 'weather', evidence: fault.evidence, retryAfterMs: fault.retryAfterMs }
    case 'not-permitted':
      return { code: 'not-permitted', evidence: fault.evidence }
    case 'policy':
    case 'not-found':
    case 'refused':
      return { code: 'refused', evidence: fault.evidence }
  }
}

/**
 * Works at one run: page after page, each kept with where the next one is, so that a crash costs one page. Ends with the run,
 * or where Microsoft asks to wait, or after some minutes.
 *
 * @returns pages read; null: there was nothing to do.
 */
export async function workReading(deps: InventoryDeps): Promise<number | null> {
  const { store, clock, directory, servers } = deps
  const claimed = await store.claim(clock.now(), LEASE_MS)
  if (!claimed) return null
  let held: LeasedRun = claimed
  const rights = await readingRights(deps)
  if (!rights.ok) {
    await stopReading(deps, held, rights.error)
    return 0
  }
  const { request } = rights.value
  const begunMs = clock.monotonicMs()
  for (let pages = 0; ; pages += 1) {
    if (!(await servers.watch()).inventory) {
      await stopReading(deps, held, { code: 'switched-off', evidence: '' })
      return pages
    }
    if (request.tenantId !== held.tenantId) {
      await stopReading(deps, held, { code: 'settings', evidence: 'the mail server has another tenant now' })
      return pages
    }
    const askedMs = clock.monotonicMs()
    const page = await directory.page(request, held.nextLink, AbortSignal.timeout(PAGE_DEADLINE_MS))
    if (!page.ok) {
      await stopReading(deps, held, noteOf(deps, page.error))
      return pages
    }
    const kept = await store.keepPage(held, { ...page.value, now: clock.now(), leaseMs: LEASE_MS })
    if (!kept) return pages
    held = kept
    if (held.nextLink === null) {
      const { tenantId, id } = held
      await store.end(
        held,
        { state: 'done' },
        {
          now: clock.now(),
          audit: (seen) => entry('inventory.end', SYSTEM_CALLER, tenantId, { run: id, ...seen }),
        },
      )
      return pages + 1
    }
    if (held.pages >= PAGES_MAX) {
      await stopReading(deps, held, { code: 'refused', evidence: `the list goes on after ${held.pages} pages` })
      return pages + 1
    }
    if (clock.monotonicMs() - begunMs > TURN_MS_MAX) {
      await store.postpone(held, clock.now(), null)
      return pages + 1
    }
    await deps.pause(Math.max(0, PAGE_INTERVAL_MS - (clock.monotonicMs() - askedMs)))
  }
}

/** Weather is waited out, as long as Graph asks to; anything else ends the run and leaves the picture as it was. */
async function stopReading(
  { store, clock }: InventoryDeps,
  held: LeasedRun,
  note: InventoryFaultNote | Weather,
): Promise<void> {
  const now = clock.now()
  const { evidence } = note
  if (note.code === 'weather') {
    const until = new Date(now.getTime() + Math.max(note.retryAfterMs ?? WAIT_MS, 1_000))
    if (until.getTime() - held.startedAt.getTime() < RUN_MS_MAX)
      return store.postpone(held, until, { code: 'unanswered', evidence })
  }
  const fault = faultOf(note)
  await store.end(
    held,
    { state: 'failed', fault },
    {
      now,
      audit: (seen) =>
        entry('inventory.end', SYSTEM_CALLER, held.tenantId, { run: held.id, code: fault.code, ...seen }, 'failed'),
    },
  )
}
