import { routeCaller } from '@/app/_server/caller'
import { services } from '@/lib/services'
import { download } from '@/lib/setup-guide/downloads'
import { guideServer } from '../guide-server'
import { guideHref, guideValuesIn, languageIn, queryOf, stepIdIn } from '../query'

/** A script or a hand-over sheet as a file, for the values in the address. It has the same text as the guide. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:read')
  if (caller instanceof Response) return caller
  const query = queryOf(new URL(request.url).searchParams)
  const { setupGuide, environment } = services()
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const server = await guideServer(query)
  if (!server) return new Response(null, { status: 404, headers })
  const { guide } = await setupGuide.view(server.id, guideValuesIn(query).entered)
  const place = {
    locale: languageIn(query, caller.locale),
    consoleUrl: new URL(server.path, environment.baseUrl).href,
    guideUrl: new URL(guideHref(guide, server.id), environment.baseUrl).href,
  }
  const file = download(String(query.file ?? ''), guide, place, stepIdIn(query))
  if (!file) return new Response(null, { status: 404, headers })
  return new Response(file.body, {
    headers: {
      ...headers,
      'content-type': file.mediaType,
      'content-disposition': `attachment; filename="${file.fileName}"`,
    },
  })
}
