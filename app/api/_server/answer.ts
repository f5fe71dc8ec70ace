import 'server-only'
import { originOf } from '@/app/_server/request'
import { services } from '@/lib/services'
import type { Operation } from '@/lib/submission/api/handle'
import { type ApiRefusal, problem } from '@/lib/submission/api/problem'
import { refusal } from '@/lib/submission/refusal'

export function answer(operation: Operation, request: Request, param = ''): Promise<Response> {
  const { address, requestId } = originOf(request.headers)
  return services().api.handle(operation, { request, address: address ?? 'unknown', requestId, param })
}

/** A handler for every method. A program gets an answer that it can read, in place of the framework's page or of no body. */
export function refuse(refused: ApiRefusal) {
  const handler = (): Response => problem(services().environment.baseUrl, refused)
  return { GET: handler, POST: handler, PUT: handler, PATCH: handler, DELETE: handler, OPTIONS: handler }
}

/** @param methods those that the path has */
export function refuseOtherMethods(methods: string) {
  // The framework's own answer would name the methods that are refused, because they have handlers.
  const options = (): Response => new Response(null, { status: 204, headers: { allow: methods } })
  return { ...refuse(refusal('method-unknown', { methods })), OPTIONS: options }
}
