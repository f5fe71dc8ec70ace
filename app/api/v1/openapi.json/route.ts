import { refuseOtherMethods } from '@/app/api/_server/answer'
import { services } from '@/lib/services'
import { openApiDocument } from '@/lib/submission/api/openapi'

/** The address of the console is known when it runs, not when it is built. */
export const dynamic = 'force-dynamic'

/** For programs that make clients of it. It says nothing that the documentation does not. */
export const GET = (): Response =>
  Response.json(openApiDocument(services().environment.baseUrl.origin), {
    headers: { 'cache-control': 'public, max-age=300' },
  })

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOtherMethods('GET')
