import { connection } from 'next/server'
import { isDatabaseReady } from '@/lib/db/maintenance/readiness'
import { services } from '@/lib/services'

const RETRY_AFTER_S = 5

/** 200 when the database answers, can be written to and has all migrations, otherwise 503. */
export async function GET(): Promise<Response> {
  await connection()
  const ready = await isDatabaseReady(services().db)
  return new Response(ready ? 'ready\n' : 'not ready\n', {
    status: ready ? 200 : 503,
    headers: {
      'Content-Type': 'text/plain',
      'Cache-Control': 'no-store',
      ...(ready ? {} : { 'Retry-After': String(RETRY_AFTER_S) }),
    },
  })
}
