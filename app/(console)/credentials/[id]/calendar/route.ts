import { routeCaller } from '@/app/_server/caller'
import { services } from '@/lib/services'

/** The expiry of one credential as a calendar file, to import by hand. */
export async function GET(request: Request, { params }: RouteContext<'/credentials/[id]/calendar'>) {
  const caller = await routeCaller(request, 'credentials:read')
  if (caller instanceof Response) return caller
  const text = await services().calendar.file((await params).id, caller.locale)
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if (text === null) return new Response(null, { status: 404, headers })
  return new Response(text, {
    headers: {
      ...headers,
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'attachment; filename="postroom-credential.ics"',
    },
  })
}
