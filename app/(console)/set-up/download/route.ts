import { routeCaller } from '@/app/_server/caller'
import { download, noSuchFile } from '@/app/_server/download'
import type { SearchParams } from '@/app/search-params'
import { services } from '@/lib/services'
import { confirmedIn, download as guideFile } from '@/lib/setup-guide/hand-over'
import { guideServer, placeOf } from '../guide-server'
import { guideValuesIn, languageIn, stepIdIn } from '../query'

/** A script or a hand-over sheet as a file, for the values in the address. It has the same text as the guide. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:read')
  if (caller instanceof Response) return caller
  const query: SearchParams = Object.fromEntries(new URL(request.url).searchParams)
  const server = await guideServer(query)
  if (!server) return noSuchFile()
  const { guide, steps } = await services().setupGuide.view(server.id, guideValuesIn(query).entered)
  const place = { ...placeOf(server, guide, languageIn(query, caller.locale)), confirmed: confirmedIn(steps) }
  const file = guideFile(String(query.file ?? ''), guide, place, stepIdIn(query))
  return file ? download(file.fileName, file.mediaType, file.body) : noSuchFile()
}
