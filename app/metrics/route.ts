import { createHash, timingSafeEqual } from 'node:crypto'
import { connection } from 'next/server'
import { createMetrics, type Metrics } from '@/lib/operations/metrics'
import { areSound, keyStatus } from '@/lib/operations/rotate-keys'
import { services } from '@/lib/services'

const METRICS = Symbol.for('postroom.metrics')
const globals = globalThis as { [METRICS]?: Metrics }

/** Prometheus text for a client that knows the token. Without a token in the environment the page does not exist. */
export async function GET(request: Request): Promise<Response> {
  await connection()
  const { environment, ...rest } = services()
  if (environment.metricsToken === null) return new Response('Not found\n', { status: 404 })
  const [, token = ''] = /^Bearer (.{1,1024})$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (!sameText(token, environment.metricsToken.reveal()))
    return new Response('Unauthorized\n', { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="Postroom"' } })
  globals[METRICS] ??= createMetrics({
    ...rest,
    dataDir: environment.dataDir,
    keysSound: async () => areSound(await keyStatus({ environment, ...rest })),
  })
  return new Response(await globals[METRICS].text(), {
    headers: { 'Content-Type': globals[METRICS].contentType, 'Cache-Control': 'no-store' },
  })
}

/** Compares in constant time. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
