import { addressBucket, limitPerAddress } from '../access/client-address'
import type { AuditEntry, AuditLog } from '../audit'
import { HOUR_MS, type Logger, newId } from '../kernel'

/** Separate entries per hour, for one address and for all. The audit log grows without end, so strangers must not fill it. */
export const ROWS_PER_ADDRESS = 20
const ROWS_IN_ALL = 600
const SUMMARY_MS = 60_000
/** Summaries per minute. Denials of further addresses share one entry without an address. */
export const SUMMARIES_MAX = 50

export type Refusals = ReturnType<typeof createRefusals>

interface Counted {
  entry: AuditEntry
  count: number
  since: number
}

export function createRefusals({ audit, log }: { audit: Pick<AuditLog, 'record'>; log: Logger }) {
  const mayHaveRow = limitPerAddress(HOUR_MS, ROWS_PER_ADDRESS, ROWS_IN_ALL)
  let counted = new Map<string, Counted>()
  let timer: NodeJS.Timeout | null = null
  let total = 0

  function add(entry: AuditEntry, count: number, since: number): void {
    const key = JSON.stringify([entry.origin.address, entry.action, entry.details.why ?? entry.details.reason])
    const full = counted.size >= SUMMARIES_MAX && !counted.has(key)
    const known = counted.get(full ? '' : key)
    const one = known ? merged(known.entry, entry) : entry
    counted.set(full ? '' : key, {
      entry: full ? ofMany(entry) : one,
      count: (known?.count ?? 0) + count,
      since: Math.min(known?.since ?? since, since),
    })
    timer ??= setTimeout(flush, SUMMARY_MS).unref()
  }

  /** One at a time, so that a stop waits for what is being written. */
  let writing = Promise.resolve()
  const flush = (): Promise<void> => (writing = writing.then(write))

  async function write(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    const now = performance.now()
    const written = [...counted.values()]
    counted = new Map()
    for (const { entry, count, since } of written) {
      const details = { ...entry.details, count, seconds: Math.ceil((now - since) / 1000) }
      try {
        await audit.record({ ...entry, origin: { ...entry.origin, requestId: newId() }, details })
      } catch (error) {
        log.error('rejected requests could not be recorded and are retried in a minute', { error, count })
        add(entry, count, since)
      }
    }
  }

  return {
    /**
     * Records a denial. The denial of a signed-in person gets its own entry. The first denials of callers without a session get entries;
     * further ones are counted by address and reason, and one entry a minute states how many there were. Throws if the entry of a signed-in
     * person cannot be written. Denials of strangers are counted until they can be written.
     */
    async record(entry: AuditEntry): Promise<void> {
      if (entry.actor.kind !== 'anonymous') return audit.record(entry)
      total += 1
      const address = addressBucket(entry.origin.address)
      if (mayHaveRow(entry.origin.address)) {
        try {
          return await audit.record(entry)
        } catch (error) {
          log.error('a rejected request could not be recorded and is retried in a minute', { error })
        }
      }
      add({ ...entry, origin: { ...entry.origin, address } }, 1, performance.now())
    },
    flush,
    /** Refusals of callers without a session since the process started. */
    total: (): number => total,
  }
}

/** Two denials of one address for one reason. Details in which they differ are left out. */
function merged(one: AuditEntry, two: AuditEntry): AuditEntry {
  const details = Object.entries(one.details).filter(([name, value]) => two.details[name] === value)
  return { ...one, details: Object.fromEntries(details), subject: one.subject === two.subject ? one.subject : null }
}

const ofMany = (entry: AuditEntry): AuditEntry => ({
  ...entry,
  action: 'request.refused',
  origin: { ...entry.origin, address: null },
  subject: null,
  details: { why: 'many-addresses' },
})
