import { createHash, timingSafeEqual } from 'node:crypto'
import { connection } from 'next/server'
import { createMetrics, type Metrics } from '@/lib/operations/metrics'
import { areSound, keyStatus } from '@/lib/operations/rotate-keys'
import { services } from '@/lib/services'

const KEPT = Symbol.for('postroom.metrics')
const kept = globalThis as { [KEPT]?: Metrics }

/** Prometheus text for whoever knows the token; without a token in the environment there is no such page. */
export async function GET(request: Request): Promise<Response> {
  await connection()
  const { environment, db, clock, mailServers, credentials, outbox, vault, unknownProxy, refusals } = services()
  if (environment.metricsToken === null) return new Response('Not found\n', { status: 404 })
  const [, given = ''] = /^Bearer (.{1,1024})$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (!sameText(given, environment.metricsToken.reveal()))
    return new Response('Unauthorized\n', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } })
  kept[KEPT] ??= createMetrics({
    db,
    clock,
    mailServers,
    credentials,
    outbox,
    unknownProxy,
    refusals,
    keysSound: async () => areSound(await keyStatus({ db, environment, clock, vault })),
  })
  return new Response(await kept[KEPT].text(), {
    headers: { 'Content-Type': kept[KEPT].contentType, 'Cache-Control': 'no-store' },
  })
}

/** Takes as long for a near miss as for a far one. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
