import { fail, isUuid, ok, type Result } from '../../kernel'
import { refusal } from '../refusal'
import { listMessages, readMessage } from '../store/messages'
import type { ApiCall, BoundDeps, Operation } from './handle'
import { LIST_LIMIT, OPERATIONS } from './openapi'
import type { ApiRefusal } from './problem'
import { isApiStatus } from './schemas'

export const getMessages: Operation = { ...OPERATIONS.listMessages, run: list }
export const getMessage: Operation = { ...OPERATIONS.readMessage, run: get }
export const cancelMessage: Operation = { ...OPERATIONS.cancelMessage, run: cancel }

async function get({ db }: BoundDeps, { client, param }: ApiCall): Promise<Result<object, ApiRefusal>> {
  const message = isUuid(param) ? await readMessage(db, client.id, param) : null
  return message ? ok(message) : fail(refusal('message-not-found'))
}

async function list({ db }: BoundDeps, { client, request }: ApiCall): Promise<Result<object, ApiRefusal>> {
  const query = new URL(request.url).searchParams
  const [cursor, status] = [query.get('cursor'), query.get('status')]
  const limitText = query.get('limit') ?? String(LIST_LIMIT.default)
  const limit = Number(limitText)
  if (!/^[1-9]\d{0,2}$/.test(limitText) || limit > LIST_LIMIT.maximum)
    return fail(refusal('query-invalid', { parameter: 'limit' }))
  if (cursor !== null && !isUuid(cursor)) return fail(refusal('query-invalid', { parameter: 'cursor' }))
  if (status !== null && !isApiStatus(status)) return fail(refusal('query-invalid', { parameter: 'status' }))
  const messages = await listMessages(db, client.id, { limit: limit + 1, before: cursor, status })
  const page = messages.slice(0, limit)
  const nextCursor = messages.length > limit ? (page.at(-1)?.id ?? null) : null
  return ok({ messages: page, nextCursor })
}

/** A cancelled message may be cancelled again. */
async function cancel({ db, outbox }: BoundDeps, call: ApiCall): Promise<Result<object, ApiRefusal>> {
  const { client, param: id, address, requestId } = call
  if (!isUuid(id) || !(await readMessage(db, client.id, id))) return fail(refusal('message-not-found'))
  const caller = {
    actor: { kind: 'system', name: `API key ${client.name}` },
    origin: { address, requestId },
  } as const
  await outbox.cancel(caller, { ids: [id] })
  const message = await readMessage(db, client.id, id)
  return message?.status === 'cancelled' ? ok(message) : fail(refusal('too-late'))
}
