import { createHash } from 'node:crypto'
import { auditEntry } from '../../audit'
import { defaultMailServerId } from '../../db/default-mail-server'
import type { DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import {
  actorName,
  type Caller,
  fail,
  HOUR_MS,
  isUuid,
  MINUTE_MS,
  newId,
  ok,
  type Result,
  SECOND_MS,
  SYSTEM_CALLER,
} from '../../kernel'
import { sparingly } from '../../kernel/heap'
import type { CredentialsDeps } from '../deps'
import { callWithAny, diagnosed, type GraphFault, isEntraServer } from '../entra'
import { inUse } from '../probe'
import { isCredentialRefusal } from '../propagation'
import { claimRun, endRun, insertRun, isRunDue, postponeRun, savePage } from '../store/inventory'
import { readSlots } from '../store/slots'
import { readWatch } from '../store/watch-settings'
import type { InventoryFaultNote, LeasedRun } from './types'

/** Graph accepts 150 requests a minute that select `keyCredentials`; a tenth is left for other readers of the tenant. */
const PAGE_INTERVAL_MS = 450
/** Graph needs seconds for a page, and a lost connection is noticed within a minute. After that another worker takes over. */
const LEASE_MS = 3 * MINUTE_MS
/** The pause if Graph does not say how long to wait. */
const WAIT_MS = MINUTE_MS
/** A run that gets no answer for this long, or has to wait for longer, has failed; the next day begins another. */
const RUN_MS_MAX = 12 * HOUR_MS
/** Two million applications, which is more than a tenant can have, so a longer list is endless. */
const PAGES_MAX = 10_000
const PAGE_DEADLINE_MS = 90 * SECOND_MS
/** Well under the scheduler's limit for one job; the rest is read in the next minute. */
const TURN_MS_MAX = 8 * MINUTE_MS

export interface InventoryDeps
  extends Pick<CredentialsDeps, 'db' | 'clouds' | 'vault' | 'clock' | 'directory' | 'audit'> {
  /** Waits between two pages; a test does not wait. */
  pause(ms: number): Promise<void>
}

/** The default mail server and its credentials, if it signs in at Entra: its application reads. Null otherwise. */
export async function readingServer(deps: InventoryDeps) {
  const slots = await readSlots(deps, await defaultMailServerId(deps.db), deps.clock.now())
  if (!slots || !isEntraServer(slots.server)) return null
  const { server } = slots
  return { server, credentials: inUse(slots), tenant: tenantKey(server.exchange.tenantId) }
}

/** Names a tenant in the stored inventory: its ID, or for a tenant that is entered as a domain a UUID made from that (RFC 9562 §5.8). */
function tenantKey(tenantId: string): string {
  if (isUuid(tenantId)) return tenantId
  const hex = createHash('sha256').update(tenantId).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${hex.slice(18, 30)}`
}

type BeginFault = 'switched-off' | 'no-server' | 'running'

/** Stores a new run. The next call of `work` carries it out. */
export async function begin(deps: InventoryDeps, caller: Caller): Promise<Result<void, BeginFault>> {
  const { db, clock } = deps
  if (!(await readWatch(db)).inventory) return fail('switched-off')
  const reading = await readingServer(deps)
  if (!reading) return fail('no-server')
  const { tenant: tenantId } = reading
  const run = { id: newId(), tenantId, startedBy: actorName(caller.actor), startedAt: clock.now() }
  return insertRun(db, run, auditEntry('inventory.start', caller, `tenant:${tenantId}`, { run: run.id }))
}

/** For the worker: begins a run if the last one is a day old, then works. Returns the number of pages read. */
export const runDailyScan = (deps: InventoryDeps): Promise<number> =>
  sparingly(async () => {
    if (await isRunDue(deps.db, deps.clock.now())) await begin(deps, SYSTEM_CALLER)
    let pages = 0
    for (let more = await readPages(deps); more !== null && more > 0; more = await readPages(deps)) pages += more
    return pages
  })

/** Works at what was begun. Returns the number of pages read, or null if there was nothing to do. */
export const work = (deps: InventoryDeps): Promise<number | null> => sparingly(() => readPages(deps))

/** One without an answer is repeated later; Graph may say when. */
type ReadingFault = InventoryFaultNote & { retryAfterMs?: number | null }

/** A request with a credential that Entra accepts, if the roles in its fresh token let the application read all others. */
export async function readingRights(deps: InventoryDeps): Promise<Result<DirectoryRequest, ReadingFault>> {
  const reading = await readingServer(deps)
  if (!reading) return fail({ code: 'settings', evidence: 'no mail server signs in at Entra' })
  const rights = await callWithAny(deps, reading.server, reading.credentials, async (request) => {
    const answer = await deps.directory.rights(request, AbortSignal.timeout(PAGE_DEADLINE_MS))
    return answer.ok ? ok({ ...answer.value, request }) : answer
  })
  if (!rights.ok) return fail(noteOf(rights.error))
  const { read, roles, request } = rights.value
  if (read) return ok(request)
  const evidence = `needs Application.Read.All; the token has ${roles.join(', ') || 'no role'}`
  return fail({ code: 'not-permitted', evidence })
}

function noteOf(fault: DirectoryFault | GraphFault): ReadingFault {
  if (fault.kind === 'net') return { code: 'unanswered', evidence: diagnosed(fault.fault).evidence }
  if (fault.kind === 'token' || fault.kind === 'no-token') {
    const { code, stage, evidence } = fault.kind === 'token' ? diagnosed(fault.fault) : fault.diagnosis
    if (stage === 'settings') return { code: 'no-credential', evidence }
    return isCredentialRefusal(code)
      ? { code: 'no-token', evidence }
      : { code: 'unanswered', evidence: evidence || code }
  }
  const { kind, evidence } = fault
  if (kind === 'throttled' || kind === 'unavailable')
    return { code: 'unanswered', evidence, retryAfterMs: fault.retryAfterMs }
  return { code: kind === 'not-permitted' ? kind : 'refused', evidence }
}

/**
 * Works at one run, page after page. Each page is stored together with the address of the next one, so that a crash costs one page.
 * It stops when the run ends, when Microsoft asks to wait, or after some minutes.
 *
 * @returns pages read, or null if there was nothing to do
 */
async function readPages(deps: InventoryDeps): Promise<number | null> {
  const { db, clock } = deps
  const claimed = await claimRun(db, await clock.current(), LEASE_MS)
  if (!claimed) return null
  const rights = await readingRights(deps)
  if (!rights.ok) {
    await stopReading(deps, claimed, rights.error)
    return 0
  }
  const request = rights.value
  const begunMs = clock.monotonicMs()
  let run: LeasedRun = claimed
  const read = new Set<string | null>()
  /** Whether the list leads in a circle, or the settings changed during the run in a way that ends it. */
  const reasonToStop = async (): Promise<InventoryFaultNote | null> => {
    if (read.has(run.nextLink)) return { code: 'unanswered', evidence: 'the list leads back to a page that was read' }
    read.add(run.nextLink)
    if (!(await readWatch(db)).inventory) return { code: 'switched-off', evidence: '' }
    const isSameTenant = tenantKey(request.tenantId) === run.tenantId
    return isSameTenant ? null : { code: 'settings', evidence: 'the mail server has another tenant now' }
  }
  for (let pages = 0; ; pages += 1) {
    const reason = await reasonToStop()
    if (reason) {
      await end(deps, run, { state: 'failed', fault: reason })
      return pages
    }
    const requestedMs = clock.monotonicMs()
    const page = await deps.directory.page(request, run.nextLink, AbortSignal.timeout(PAGE_DEADLINE_MS))
    if (!page.ok) {
      await stopReading(deps, run, noteOf(page.error))
      return pages
    }
    const saved = await savePage(db, run, { ...page.value, now: clock.now(), leaseMs: LEASE_MS })
    if (!saved) return pages
    run = saved
    if (await endsHere(deps, run, begunMs)) return pages + 1
    await deps.pause(Math.max(0, PAGE_INTERVAL_MS - (clock.monotonicMs() - requestedMs)))
  }
}

/** Ends the run after its last page, or leaves it to the next turn once this one has lasted long enough. */
async function endsHere(deps: InventoryDeps, run: LeasedRun, begunMs: number): Promise<boolean> {
  const { db, clock } = deps
  if (run.nextLink === null) {
    await end(deps, run, { state: 'done' })
    return true
  }
  if (run.pages >= PAGES_MAX) {
    const evidence = `the list has more than ${run.pages} pages`
    await end(deps, run, { state: 'failed', fault: { code: 'unanswered', evidence } })
    return true
  }
  if (clock.monotonicMs() - begunMs <= TURN_MS_MAX) return false
  await postponeRun(db, run, clock.now(), null)
  return true
}

/** Without an answer the run waits, as long as Graph asks. Any other fault ends it and leaves the stored inventory as it was. */
async function stopReading({ db, clock }: InventoryDeps, run: LeasedRun, { retryAfterMs, ...fault }: ReadingFault) {
  const now = clock.now()
  if (fault.code === 'unanswered') {
    const until = new Date(now.getTime() + Math.max(retryAfterMs ?? WAIT_MS, SECOND_MS))
    if (until.getTime() - run.startedAt.getTime() < RUN_MS_MAX) return postponeRun(db, run, until, fault)
  }
  await end({ db, clock }, run, { state: 'failed', fault })
}

const end = (
  { db, clock }: Pick<InventoryDeps, 'db' | 'clock'>,
  run: LeasedRun,
  outcome: Parameters<typeof endRun>[2],
) =>
  endRun(db, run, outcome, clock.now(), (counts) => {
    const details = { run: run.id, ...(outcome.state === 'failed' && { code: outcome.fault.code }), ...counts }
    return auditEntry('inventory.end', SYSTEM_CALLER, `tenant:${run.tenantId}`, details, outcome.state)
  })
