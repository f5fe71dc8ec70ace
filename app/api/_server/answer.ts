import 'server-only'
import { originOf } from '@/app/_server/request'
import { services } from '@/lib/services'
import type { Operation } from '@/lib/submission/api/handle'

/** Passes a request on to the API, with where it comes from. */
export function answer(operation: Operation, request: Request, param = ''): Promise<Response> {
  const { address, requestId } = originOf(request.headers)
  return services().api.handle(operation, { request, address: address ?? 'unknown', requestId, param })
}
