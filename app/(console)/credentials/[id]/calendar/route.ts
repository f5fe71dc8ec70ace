import { routeCaller } from '@/app/_server/caller'
import { download, noSuchFile } from '@/app/_server/download'
import { services } from '@/lib/services'

/** The expiry of one credential as a calendar file, to import by hand. */
export async function GET(request: Request, { params }: RouteContext<'/credentials/[id]/calendar'>) {
  const caller = await routeCaller(request, 'credentials:read')
  if (caller instanceof Response) return caller
  const text = await services().calendar.file((await params).id, caller.locale)
  if (text === null) return noSuchFile()
  return download('postroom-credential.ics', 'text/calendar; charset=utf-8', text)
}
