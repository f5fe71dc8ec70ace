import { routeCaller } from '@/app/_server/caller'
import { download } from '@/lib/set-up/downloads'
import { wiring } from '@/lib/wiring'
import { askedIn, guideHref, queryOf } from '../asked'

/** A script or a hand-over sheet as a file; the same bytes as the guide shows, for the values in the address. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:read')
  if (caller instanceof Response) return caller
  const query = new URL(request.url).searchParams
  const { setUp, environment } = wiring()
  const { guide } = await setUp.view(askedIn(queryOf(query)).asked)
  const file = download(query.get('file') ?? '', guide, {
    locale: caller.locale,
    consoleUrl: new URL('/mail-server', environment.baseUrl).href,
    guideUrl: new URL(guideHref(guide), environment.baseUrl).href,
  })
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if (!file) return new Response(null, { status: 404, headers })
  return new Response(file.body, {
    headers: {
      ...headers,
      'content-type': file.mediaType,
      'content-disposition': `attachment; filename="${file.fileName}"`,
    },
  })
}
