import { routeCaller } from '@/app/_server/caller'
import { download, noSuchFile } from '@/app/_server/download'
import { services } from '@/lib/services'
import { download as guideFile } from '@/lib/setup-guide/hand-over'
import { guideServer } from '../guide-server'
import { guideHref, guideValuesIn, languageIn, queryOf, stepIdIn } from '../query'

/** A script or a hand-over sheet as a file, for the values in the address. It has the same text as the guide. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:read')
  if (caller instanceof Response) return caller
  const query = queryOf(new URL(request.url).searchParams)
  const { setupGuide, environment } = services()
  const server = await guideServer(query)
  if (!server) return noSuchFile()
  const { guide } = await setupGuide.view(server.id, guideValuesIn(query).entered)
  const place = {
    locale: languageIn(query, caller.locale),
    consoleUrl: new URL(server.path, environment.baseUrl).href,
    guideUrl: new URL(guideHref(guide, server.id), environment.baseUrl).href,
  }
  const file = guideFile(String(query.file ?? ''), guide, place, stepIdIn(query))
  return file ? download(file.fileName, file.mediaType, file.body) : noSuchFile()
}
