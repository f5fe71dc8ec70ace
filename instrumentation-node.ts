import { randomInt } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import type { Instrumentation } from 'next'
import { recordProxyRefusal } from './app/_server/record-proxy-refusal'
import { numberIn } from './lib/access/failure-mark'
import {
  type KnownActions,
  pathForLog,
  pathPattern,
  setFailureHandler,
  setKnownActions,
  setRefusalHandler,
} from './lib/access/handlers'
import { answerFailure, recogniseSessions, watchRequests } from './lib/access/incoming-requests'
import { holdPresence } from './lib/db/maintenance/presence'
import { databaseCause } from './lib/db/outage'
import { beginBudget } from './lib/db/time-budget'
import { beforeExit } from './lib/kernel/before-exit'
import { whenStarterGone } from './lib/kernel/starter'
import { holdServices, services } from './lib/services'
import { servicesOfProcess } from './lib/services/create'

/** Every server action of the build with its pages, from the framework's own list; null while developing, where they come and go. */
function builtActions(): KnownActions | null {
  if (process.env.NODE_ENV !== 'production') return null
  const list = path.join(/* turbopackIgnore: true */ process.cwd(), '.next/server/server-reference-manifest.json')
  const { node } = JSON.parse(readFileSync(list, 'utf8')) as {
    node: Record<string, { workers: Record<string, unknown> }>
  }
  return new Map(Object.entries(node).map(([id, { workers }]) => [id, Object.keys(workers).map(pathPattern)]))
}

/** A console that cannot work ends with exit code 1: if this threw, Next would stay up and answer 500 to everything. */
export function register(): void {
  // The parent process is gone, so this process ends in order and frees its port for the next start.
  whenStarterGone(() => process.kill(process.pid, 'SIGTERM'))
  // The output is closed too; a failed write must not interrupt that.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  watchRequests()
  subscribe('http.server.request.start', (message) => {
    const { response } = message as { response: ServerResponse }
    response.once('close', beginBudget())
  })
  recogniseSessions((headers) => services().signIn.signedSession(headers))
  setRefusalHandler(recordProxyRefusal)
  setFailureHandler(logFailure)
  beforeExit(() => services().refusals.flush())
  setKnownActions(builtActions())
  try {
    holdServices(servicesOfProcess())
    const { log, environment } = services()
    const { databaseUrl, keys } = environment
    if (databaseUrl) holdPresence(databaseUrl, 'console', keys, () => log.info('connected to the database again'))
  } catch (thrown) {
    process.stderr.write(`postroom console: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    process.exit(1)
  }
}

/** The page shows a number; the log has the rest under it. */
export function logFailure(
  error: unknown,
  request: Pick<Parameters<Instrumentation.onRequestError>[1], 'method' | 'path' | 'headers'>,
): void {
  const digest =
    error instanceof Error && 'digest' in error ? numberIn(String(error.digest)) : String(randomInt(1e9, 1e10))
  answerFailure(request.headers, { number: digest, database: databaseCause(error) })
  const [requestedPath = ''] = request.path.split('?')
  const path = pathForLog(requestedPath)
  services().log.error('request failed', { method: request.method, path, digest, error })
}
