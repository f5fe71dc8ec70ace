import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { processWide } from './process-wide'

/** How far the heap may grow before V8 collects, in percent of the live objects. With 0 V8 decides. */
const growingBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`)
const SPARING_PERCENT = 20
const MODERATE_PERCENT = 50

/** What the process does as usual. */
const [usualPercent, setUsualPercent] = processWide<number>('heap-growth')
let collect: (() => void) | null = null
let working = 0

/** From now on the heap of this process grows by half of the live objects at most before V8 collects (decision 48). */
export function growModerately(): void {
  setUsualPercent(MODERATE_PERCENT)
  growingBy(MODERATE_PERCENT)
}

/**
 * Runs work that reads much data and keeps little of it, with early garbage collection. Otherwise V8 lets the heap of a young process grow
 * to nearly four times its live objects (decision 21). V8 sets the limit at each collection, so one is run first; with 130 MB of live
 * objects that takes a tenth of a second.
 */
export async function sparingly<T>(work: () => Promise<T>): Promise<T> {
  working += 1
  if (working === 1) {
    growingBy(SPARING_PERCENT)
    collectGarbage()
  }
  try {
    return await work()
  } finally {
    working -= 1
    if (working === 0) growingBy(usualPercent() ?? 0)
  }
}

/** Frees now what is no longer needed. It pauses everything for a twentieth to a tenth of a second. */
export function collectGarbage(): void {
  collect ??= collector()
  collect()
}

/** Node hides the collector behind a flag, which applies to contexts that are created after it is set. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
