import { randomUUID } from 'node:crypto'

export interface GraphAnswer {
  status: number
  /** Undefined if there is no body, as with 204. */
  body?: unknown
  headers?: Record<string, string>
}

/** An error as Graph spells it; `date` and ids are filled in where it is sent. */
export function refusal(status: number, code: string, message: string, headers?: Record<string, string>): GraphAnswer {
  return { status, body: { error: { code, message } }, ...(headers ? { headers } : {}) }
}

export const badRequest = (message: string, code = 'Request_BadRequest'): GraphAnswer => refusal(400, code, message)
export const denied = (): GraphAnswer =>
  refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
export const notFound = (name: string): GraphAnswer =>
  refusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${name}' does not exist, or a property that refers to it is missing.`,
  )
export const tooMany = (seconds: number): GraphAnswer =>
  refusal(429, 'TooManyRequests', 'Too many requests.', { 'retry-after': String(seconds) })
export const unavailable = (seconds: number): GraphAnswer =>
  refusal(503, 'serviceNotAvailable', 'The service is not available now.', { 'retry-after': String(seconds) })

/** Every error has a time and a request id, as for Microsoft's support. */
export function withInnerError(body: unknown, now: Date, requestId: string): unknown {
  if (typeof body !== 'object' || body === null || !('error' in body)) return body
  const innerError = {
    date: now.toISOString().replace(/\.\d+Z$/, ''),
    'request-id': requestId,
    'client-request-id': randomUUID(),
  }
  return { error: { ...(body.error as Record<string, unknown>), innerError } }
}
