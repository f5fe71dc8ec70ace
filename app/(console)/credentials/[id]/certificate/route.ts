import { routeCaller } from '@/app/_server/caller'
import { services } from '@/lib/services'

/** The public certificate as `.cer`, to upload at Entra. */
export async function GET(request: Request, { params }: RouteContext<'/credentials/[id]/certificate'>) {
  const caller = await routeCaller(request, 'credentials:read')
  if (caller instanceof Response) return caller
  const { credentials } = services()
  // Looked up in the list first, so that an unknown id never reaches the database.
  const view = await credentials.byId((await params).id)
  const file = view && (await credentials.certificateFile(view.id))
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if (!file) return new Response(null, { status: 404, headers })
  return new Response(new Uint8Array(file.bytes), {
    headers: {
      ...headers,
      'content-type': 'application/pkix-cert',
      'content-disposition': `attachment; filename="${file.name}"`,
    },
  })
}
