import { routeCaller } from '@/app/_server/caller'
import { download, noSuchFile } from '@/app/_server/download'
import { services } from '@/lib/services'

/** The public certificate as `.cer`, to upload at Entra. */
export async function GET(request: Request, { params }: RouteContext<'/credentials/[id]/certificate'>) {
  const caller = await routeCaller(request, 'credentials:read')
  if (caller instanceof Response) return caller
  const file = await services().credentials.certificateFile((await params).id)
  return file ? download(file.name, 'application/pkix-cert', new Uint8Array(file.bytes)) : noSuchFile()
}
