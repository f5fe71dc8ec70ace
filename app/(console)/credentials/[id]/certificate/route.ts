import { routeCaller } from '@/app/_server/caller'
import { download, noSuchFile } from '@/app/_server/download'
import { services } from '@/lib/services'

/** The public certificate as `.cer`, to upload at Entra. */
export async function GET(request: Request, { params }: RouteContext<'/credentials/[id]/certificate'>) {
  const caller = await routeCaller(request, 'credentials:read')
  if (caller instanceof Response) return caller
  const { credentials } = services()
  // Looked up in the list first, so that an unknown id never reaches the database.
  const view = await credentials.byId((await params).id)
  const file = view && (await credentials.certificateFile(view.id))
  return file ? download(file.name, 'application/pkix-cert', new Uint8Array(file.bytes)) : noSuchFile()
}
