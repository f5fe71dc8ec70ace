import { originOf } from '@/app/_server/request'
import { addressBucket } from '@/lib/access/client-address'
import { services } from '@/lib/services'

const ENDING = '.ics'
const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/**
 * A private calendar address: anyone who has it may read it, without a cookie. Unknown, revoked and malformed addresses get the same
 * answer. The number of requests from one address is limited, because a calendar is read every few hours only.
 */
export async function GET(request: Request, { params }: RouteContext<'/calendar/[token]'>) {
  const { calendar } = services()
  const turn = await calendar.reads.take(addressBucket(originOf(request.headers).address))
  if (!turn.ok) {
    const wait = String(Math.ceil(turn.waitMs / 1000))
    return new Response(null, { status: 429, headers: { ...NO_STORE, 'retry-after': wait } })
  }
  const { token } = await params
  const text = token.endsWith(ENDING) ? await calendar.readFeed(token.slice(0, -ENDING.length)) : null
  if (text === null) return new Response(null, { status: 404, headers: NO_STORE })
  return new Response(text, {
    headers: {
      'cache-control': 'private, max-age=0',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/calendar; charset=utf-8',
    },
  })
}
