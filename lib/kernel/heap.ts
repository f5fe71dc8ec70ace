import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Percent of what is alive that may come on top of it before V8 collects. 0: as V8 sees fit. */
const growingBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`)
const SPARING_PERCENT = 20

let collect: (() => void) | null = null
let working = 0

/**
 * Does work that reads much and keeps little, and has V8 collect early meanwhile: by itself it lets the heap of a young process grow to
 * nearly four times what is alive (decision 21). V8 draws the limit when it has collected, so that is asked for first; with 130 MB alive
 * it takes a tenth of a second.
 */
export async function sparingly<T>(work: () => Promise<T>): Promise<T> {
  working += 1
  if (working === 1) {
    growingBy(SPARING_PERCENT)
    collect ??= collector()
    collect()
  }
  try {
    return await work()
  } finally {
    working -= 1
    if (working === 0) growingBy(0)
  }
}

/** Node hides it behind a flag, which counts for contexts made from then on. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
