import { SECOND_MS } from '../../kernel/time'
import type { MailTransport } from '../../smtp/contracts'

/** Each connection costs milliseconds of processor time for its keys: of hundreds at once, every one would come too late. */
const OPENING_MAX = 25
/** One that takes longer holds nothing up any more, because its server may not answer at all. */
const PLACE_MS_MAX = SECOND_MS

/** The same transport, with a bound on the connections that are being opened. The others wait in the order in which they came. */
export function openingInTurn({ connect }: Pick<MailTransport, 'connect'>): Pick<MailTransport, 'connect'> {
  let free = OPENING_MAX
  const waiting: (() => void)[] = []

  /** @returns leaves the place, now or after `PLACE_MS_MAX`; null if the wait was ended */
  async function place(signal: AbortSignal): Promise<(() => void) | null> {
    if (free > 0) free--
    else if (signal.aborted || !(await turn(signal))) return null
    let isHeld = true
    const leave = () => {
      if (!isHeld) return
      isHeld = false
      clearTimeout(timer)
      const next = waiting.shift()
      if (next) next()
      else free++
    }
    const timer = setTimeout(leave, PLACE_MS_MAX)
    return leave
  }

  /** @returns false if the signal came first */
  const turn = (signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', end)
        resolve(true)
      }
      const end = () => {
        waiting.splice(waiting.indexOf(begin), 1)
        resolve(false)
      }
      waiting.push(begin)
      signal.addEventListener('abort', end, { once: true })
    })

  return {
    async connect(server, observer) {
      const leave = await place(observer.signal)
      try {
        return await connect(server, observer)
      } finally {
        leave?.()
      }
    },
  }
}
