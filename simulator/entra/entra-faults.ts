import type { ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { Faults } from '../faults/faults'
import { sendJson } from '../web/https'
import type { HttpReceived } from '../web/received'

interface Struck {
  faults: Faults
  entry: HttpReceived
  /** The request's body, which one fault repeats. */
  body: string
  elsewhere: string
  /** Answers with an AADSTS code and returns the HTTP status. */
  refuse(number: number, detail?: string, headers?: Record<string, string>): number
}

const HTML = '<!doctype html><title>Gateway</title><h1>The gateway could not pass this on</h1><p>Reference 4711.</p>'

/** Answers the token request as the active faults demand. Returns false if no fault applies. */
export async function answerFault(response: ServerResponse, struck: Struck): Promise<boolean> {
  const { faults, entry, refuse } = struck
  const done = (outcome: string, status: number | null): true => {
    entry.outcome = outcome
    entry.status = status
    return true
  }
  const delay = faults.number('entraDelay')
  if (delay !== null) await after(delay)
  if (faults.is('entraSilent')) return done('silent', null)
  if (faults.is('entraDrop')) {
    response.destroy()
    return done('dropped', null)
  }
  const drip = faults.number('entraDrip')
  if (drip !== null) {
    dripBody(response, drip)
    return done('dripping', 200)
  }
  const number = faults.number('entraError')
  if (number !== null) return done(`AADSTS${number}`, refuse(number))
  if (faults.is('entraEcho')) return done('AADSTS7000215', refuse(7000215, `The request was: ${struck.body}`))
  const throttled = faults.number('entraThrottled')
  if (throttled !== null) return done('throttled', refuse(90055, '', { 'retry-after': String(throttled) }))
  const unavailable = faults.number('entraUnavailable')
  if (unavailable !== null) return done('unavailable', refuse(90033, '', { 'retry-after': String(unavailable) }))
  return answerOddly(response, struck, done)
}

/** Answers that do not come from Entra, such as those of a proxy. */
function answerOddly(
  response: ServerResponse,
  { faults, elsewhere }: Struck,
  done: (outcome: string, status: number) => true,
): boolean {
  const html = faults.number('entraHtml')
  if (html !== null) {
    response.writeHead(html, { 'content-type': 'text/html; charset=utf-8' }).end(HTML)
    return done('html', html)
  }
  const target = faults.text('entraRedirect')
  if (target !== null) {
    const location = target === 'elsewhere' ? `${elsewhere}/token` : target
    response.writeHead(307, { location, 'content-length': 0 }).end()
    return done('redirect', 307)
  }
  const huge = faults.number('entraHuge')
  if (huge !== null) {
    sendJson(response, 200, { token_type: 'Bearer', expires_in: 3600, access_token: 'x'.repeat(Math.max(0, huge)) })
    return done('huge', 200)
  }
  const body = faults.text('entraBody')
  if (body === null) return false
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
  return done('body', 200)
}

function dripBody(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
  response.write('{"token_type":"Bearer","note":"')
  const timer = setInterval(() => response.write('.'), everyMs)
  response.on('close', () => clearInterval(timer))
}
