import { routeCaller } from '@/app/_server/caller'
import { services } from '@/lib/services'
import { download } from '@/lib/setup-guide/downloads'
import { guideServer } from '../guide-server'
import { askedIn, guideHref, languageIn, queryOf } from '../query'

/** A script or a hand-over sheet as a file; the same bytes as the guide shows, for the values in the address. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:read')
  if (caller instanceof Response) return caller
  const query = queryOf(new URL(request.url).searchParams)
  const { setUp, environment } = services()
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const server = await guideServer(query)
  if (!server) return new Response(null, { status: 404, headers })
  const { guide } = await setUp.view(server.id, askedIn(query).asked)
  const file = download(String(query.file ?? ''), guide, {
    locale: languageIn(query, caller.locale),
    consoleUrl: new URL(server.path, environment.baseUrl).href,
    guideUrl: new URL(guideHref(guide, server.id), environment.baseUrl).href,
  })
  if (!file) return new Response(null, { status: 404, headers })
  return new Response(file.body, {
    headers: {
      ...headers,
      'content-type': file.mediaType,
      'content-disposition': `attachment; filename="${file.fileName}"`,
    },
  })
}
