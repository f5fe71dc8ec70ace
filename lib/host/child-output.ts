import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Logger, parseJson } from '../kernel'

/** The lines of a stack arrive together. Lines that arrive later than this become a separate entry. */
const BURST_MS = 100
/** Lines of one burst that are passed on. More of them would say no more. */
const BURST_LINES_MAX = 50
/** Of lines that nothing has read yet. Further ones are left out. */
const WAITING_BYTES_MAX = 1024 * 1024

/** An error the framework gave a digest has been logged by `onRequestError` already, in our own form. */
const LOGGED_ALREADY = /^⨯ [\s\S]*\n\s*digest: '/

/**
 * Passes a child's log on, one JSON document a line. A child's libraries write plain text too, the framework its
 * banner and many-lined stacks: each burst of it becomes one line of our own log, scrubbed like any other.
 */
export function passOutput(name: string, from: Readable, to: Writable, log: Logger): void {
  let burst: string[] = []
  let pause: NodeJS.Timeout | null = null

  function tell(): void {
    if (pause) clearTimeout(pause)
    pause = null
    const lines = burst
    burst = []
    if (lines.length === 0 || LOGGED_ALREADY.test(lines.join('\n'))) return
    const severity = /^[⨯⚠]/.test(lines[0] ?? '') ? 'warn' : 'info'
    log[severity]('process wrote', { member: name, reason: lines })
  }

  const lines = createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', (line) => {
    if (isDocument(line)) {
      tell()
      if (to.writableLength < WAITING_BYTES_MAX) to.write(`${line}\n`)
      return
    }
    if (line.trim() === '') return
    if (line.startsWith('⨯')) tell() // another error
    if (burst.length < BURST_LINES_MAX) burst.push(line)
    pause ??= setTimeout(tell, BURST_MS).unref()
  })
  lines.on('close', tell)
}

const isDocument = (line: string): boolean => line.startsWith('{') && parseJson(line) !== undefined
