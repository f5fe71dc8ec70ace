import { createHash } from 'node:crypto'
import { fail, newId, ok, type Result } from '../../kernel'
import type { Idempotency } from '../../outbox/message'
import { fieldValue } from '../../smtp/header'
import { composeSubmitted } from '../../smtp/message'
import type { WireSafe } from '../../smtp/wire-safe'
import { addressesOf, authorOf } from '../author'
import { type Client, ownAddress } from '../client'
import { checkBytes, readFields, withoutMailboxLine } from '../intake'
import { type Refusal, refusal } from '../refusal'
import { earlierAnswer } from '../store/messages'
import { composeRefusal } from '../submit'
import type { ApiCall, BoundDeps, Operation } from './handle'
import { API_RECIPIENTS_MAX, fieldErrors, isIdempotencyKey, type MailRequest, mailSchema } from './mail-schema'
import { OPERATIONS } from './openapi'
import type { ApiRefusal } from './problem'
import { readJson } from './read-json'

const TYPES: ReadonlyMap<string, 'json' | 'mime'> = new Map([
  ['application/json', 'json'],
  ['message/rfc822', 'mime'],
])

/** A message as it came, before it is known whether this client may send it. */
interface Draft {
  /** Null if the message has no From: the first address that the client may use is its author then. */
  author: string | null
  recipients: readonly string[]
  idempotencyKey: string | null
  compose(deps: BoundDeps): Promise<Result<WireSafe, Refusal>>
}

/** `POST /api/v1/messages`: the message is durable before it is answered. */
export const sendMessage: Operation = { ...OPERATIONS.sendMessage, run: send }

async function send(deps: BoundDeps, call: ApiCall): Promise<Result<object, ApiRefusal>> {
  const [name = ''] = (call.request.headers.get('content-type') ?? '').toLowerCase().split(';')
  const type = TYPES.get(name.trim())
  if (!type) return fail(refusal('media-type'))
  if (!/^(identity)?$/i.test(call.request.headers.get('content-encoding') ?? ''))
    return fail(refusal('content-encoding'))
  const sent = await deps.bodies.with<{ id: string }, ApiRefusal>(call.request, call.client.id, async (bytes) => {
    // Before it is read, because that may change it.
    const bodyHash = `${type}\n${createHash('sha256').update(bytes).digest('hex')}`
    const draft = type === 'json' ? fromJson(bytes) : fromMime(bytes)
    if (!draft.ok) return draft
    const client = await call.enterAgain()
    return client.ok ? accept(deps, { ...call, client: client.value }, draft.value, bodyHash) : client
  })
  return sent.ok ? ok({ id: sent.value.id, status: 'queued' }) : sent
}

function fromJson(bytes: Buffer): Result<Draft, ApiRefusal> {
  const json = readJson(bytes)
  if (!json.ok) return json
  const parsed = mailSchema.safeParse(json.value, { reportInput: true })
  if (!parsed.success) {
    const errors = fieldErrors(parsed.error)
    return fail({ ...refusal('body-invalid', { fields: errors.map(({ field }) => field).join(', ') }), errors })
  }
  const { to = [], cc = [], bcc = [], idempotencyKey = null } = parsed.data
  return ok({
    author: null,
    recipients: [...to, ...cc, ...bcc],
    idempotencyKey,
    compose: (deps) => composeRequest(deps, parsed.data),
  })
}

async function composeRequest({ baseUrl, clock }: BoundDeps, mail: MailRequest): Promise<Result<WireSafe, Refusal>> {
  const { to = [], cc = [] } = mail
  const messageId = `<${newId()}@${baseUrl.hostname.replace(/[^a-z0-9.-]/g, '')}>`
  const composed = await composeSubmitted({ messageId, date: clock.now(), ...mail })
  return composed.ok ? composed : fail(composeRefusal(composed.error, [...to, ...cc]))
}

const tooManyRecipients = fail(refusal('too-many-recipients', { max: API_RECIPIENTS_MAX }))

/** A finished message. Its recipients are those of its header, and Bcc is removed before it is sent. */
function fromMime(bytes: Buffer): Result<Draft, ApiRefusal> {
  const checked = checkBytes(bytes)
  // Fields can be read only if every line ends in CRLF. Too many recipients are refused before the long line that holds them.
  if (!checked.ok && checked.error.code !== 'line-too-long') return checked
  const header = readFields(withoutMailboxLine(bytes))
  if (!header.ok) return header
  const valuesOf = (name: string) => header.value.fields.filter((field) => field.name === name).map(fieldValue)
  const recipients: string[] = []
  for (const name of ['to', 'cc', 'bcc'])
    for (const value of valuesOf(name)) {
      const addresses = addressesOf(value)
      if (addresses === null) return fail(refusal('recipient-invalid', { recipient: value.slice(0, 100) }))
      recipients.push(...addresses)
      if (recipients.length > API_RECIPIENTS_MAX) return tooManyRecipients
    }
  const [from] = valuesOf('from')
  const author = from === undefined ? null : authorOf(from)
  if (from !== undefined && author === null) return fail(refusal('from-invalid'))
  if (!checked.ok) return checked
  return ok({ author, recipients, idempotencyKey: null, compose: async () => checked })
}

async function accept(
  deps: BoundDeps,
  { request, client, address }: ApiCall,
  draft: Draft,
  bodyHash: string,
): Promise<Result<{ id: string }, ApiRefusal>> {
  const idempotency = idempotencyOf(request.headers, draft, bodyHash)
  if (!idempotency.ok) return idempotency
  const earlier = idempotency.value && (await earlierAnswer(deps.db, client.id, idempotency.value))
  if (earlier) return earlier
  const envelope = await envelopeOf(deps, client, draft)
  if (!envelope.ok) return envelope
  const bytes = await draft.compose(deps)
  if (!bytes.ok) return bytes
  return deps.submission.submit({
    client,
    source: 'api',
    bytes: bytes.value,
    needsUtf8: false,
    ...envelope.value,
    arrival: { from: `[${address}]`, by: deps.baseUrl.hostname, protocol: 'HTTP' },
    ...(idempotency.value && { idempotency: idempotency.value }),
  })
}

/** Null without a key. In header and body it must be the same. */
function idempotencyOf(
  headers: Headers,
  { idempotencyKey }: Draft,
  bodyHash: string,
): Result<Idempotency | null, ApiRefusal> {
  const header = headers.get('idempotency-key')
  const key = header ?? idempotencyKey
  if (key === null) return ok(null)
  const isSound = isIdempotencyKey(key) && (idempotencyKey === null || idempotencyKey === key)
  return isSound ? ok({ key, bodyHash }) : fail(refusal('idempotency-key-invalid'))
}

async function envelopeOf(
  { submission }: BoundDeps,
  client: Client,
  { author, recipients }: Draft,
): Promise<Result<{ sender: string; recipients: string[] }, ApiRefusal>> {
  if (recipients.length === 0) return fail(refusal('no-recipients'))
  if (recipients.length > API_RECIPIENTS_MAX) return tooManyRecipients
  const supplied = author ?? ownAddress(client)
  if (supplied === null) return fail(refusal('no-sender'))
  const sender = submission.checkSender(client, supplied)
  if (!sender.ok) return sender
  const checked: string[] = []
  for (const supplied of new Set(recipients)) {
    const recipient = await submission.checkRecipient(sender.value, supplied)
    if (!recipient.ok) return recipient
    checked.push(recipient.value)
  }
  return ok({ sender: sender.value, recipients: [...new Set(checked)] })
}
