import { z } from 'zod'
import { groupBy } from '../../kernel'
import type { Scope } from '../client'
import { REFUSALS, type RefusalCode } from '../refusal'
import { API_RECIPIENTS_MAX, mailSchema } from './mail-schema'
import { RETRY_AFTER_S } from './problem'
import { FILE_FIELD } from './read-json'
import { API_STATUSES, acceptedSchema, listSchema, messageSchema } from './schemas'

/** Every operation can refuse with these. */
const ALWAYS: readonly RefusalCode[] = [
  ...(['key-wrong', 'key-expired', 'client-disabled', 'network-not-allowed', 'scope-missing'] as const),
  ...(['too-many-guesses', 'wrong-host', 'query-unknown', 'database-away', 'internal-error'] as const),
  ...(['database-memory', 'database-connections', 'database-locked', 'disk-full', 'files-open'] as const),
  'disk-read-only',
]

/** What a request asks for: how it is answered, documented and shown on the help page. */
export interface ApiOperation {
  method: 'get' | 'post'
  path: string
  id: 'sendMessage' | 'listMessages' | 'readMessage' | 'cancelMessage'
  scope: Scope
  summary: string
  status: 200 | 202
  answers: 'Accepted' | 'MessageList' | 'Message'
  parameters: readonly { name: string; in: 'header' | 'path' | 'query'; schema: object; [more: string]: unknown }[]
  refusals: readonly RefusalCode[]
}

/** How many messages one page of the list has. */
export const LIST_LIMIT = { type: 'integer', minimum: 1, maximum: 100, default: 20 } as const

const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } } as const

export const OPERATIONS = {
  sendMessage: {
    method: 'post',
    path: '/messages',
    id: 'sendMessage',
    scope: 'send',
    status: 202,
    answers: 'Accepted',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'A key of your own for each message. A request that is repeated with it sends nothing twice, for seven days.',
        schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
      },
    ],
    summary: 'Send a message. It is stored durably before the answer.',
    refusals: [
      ...(['media-type', 'content-encoding', 'body-not-json', 'body-invalid'] as const),
      ...(['idempotency-key-invalid', 'idempotency-key-reused'] as const),
      ...(['no-sender', 'no-recipients', 'too-many-recipients', 'recipient-invalid', 'rule-declines'] as const),
      ...(['sender-not-allowed', 'from-invalid', 'from-twice', 'line-ending', 'line-too-long'] as const),
      ...(['nul-character', 'too-many-headers', 'too-many-hops', 'bcc-visible', 'too-large', 'too-long'] as const),
      ...(['too-fast', 'busy', 'too-many-waiting', 'outbox-full'] as const),
    ],
  },
  listMessages: {
    method: 'get',
    path: '/messages',
    id: 'listMessages',
    scope: 'read',
    status: 200,
    answers: 'MessageList',
    parameters: [
      { name: 'limit', in: 'query', schema: LIST_LIMIT },
      { name: 'cursor', in: 'query', description: 'From nextCursor.', schema: { type: 'string', format: 'uuid' } },
      { name: 'status', in: 'query', schema: { type: 'string', enum: API_STATUSES } },
    ],
    summary: 'List the messages of this key, newest first.',
    refusals: ['query-invalid', 'too-many-requests'],
  },
  readMessage: {
    method: 'get',
    path: '/messages/{id}',
    id: 'readMessage',
    scope: 'read',
    status: 200,
    answers: 'Message',
    parameters: [ID],
    summary: 'Read a message: its recipients, their results and the attempts.',
    refusals: ['message-not-found', 'too-many-requests'],
  },
  cancelMessage: {
    method: 'post',
    path: '/messages/{id}/cancel',
    id: 'cancelMessage',
    scope: 'send',
    status: 200,
    answers: 'Message',
    parameters: [ID],
    summary: 'Cancel a message that waits.',
    refusals: ['message-not-found', 'too-late', 'too-many-requests'],
  },
} as const satisfies Record<string, ApiOperation>
export const API_OPERATIONS: readonly ApiOperation[] = Object.values(OPERATIONS)

export const API_CODES: readonly RefusalCode[] = [
  ...new Set([...ALWAYS, ...API_OPERATIONS.flatMap((operation) => operation.refusals)]),
  ...(['path-unknown', 'method-unknown'] as const),
]

export const problemSchema = z.strictObject({
  type: z.url().meta({ description: 'The page of the console that explains the code.' }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(API_CODES),
  errors: z
    .array(z.strictObject({ field: z.string(), problem: z.string() }))
    .optional()
    .meta({ description: 'With the code `body-invalid`: what is wrong in which field.' }),
})

/** A description of the API (OpenAPI 3.1). Its schemas are those that requests are checked by. */
export const openApiDocument = (origin: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Postroom',
    version: '1',
    description: 'Send messages through the Postroom of an organisation, and follow whether mail servers accept them.',
  },
  servers: [{ url: `${origin}/api/v1` }],
  security: [{ key: [] }],
  paths: paths(),
  components: {
    securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, which begins with prk_.' } },
    schemas: {
      Mail: jsonSchema(mailSchema),
      Accepted: jsonSchema(acceptedSchema),
      Message: jsonSchema(messageSchema),
      MessageList: jsonSchema(listSchema),
      Problem: jsonSchema(problemSchema),
    },
  },
})

/** The schema of what is sent, before our parsers change it. A file, which is bytes for them, is a text. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: ({ path }) =>
      path.at(-1) === FILE_FIELD ? { type: 'string', contentEncoding: 'base64' } : 'throw',
  })
  return rest
}

function paths() {
  const all: Record<string, Record<string, object>> = {}
  for (const operation of API_OPERATIONS)
    all[operation.path] = { ...all[operation.path], [operation.method]: operationOf(operation) }
  return all
}

const operationOf = (operation: ApiOperation) => ({
  operationId: operation.id,
  summary: operation.summary,
  description: `Needs the scope ${operation.scope}.`,
  parameters: operation.parameters,
  ...(operation.id === 'sendMessage' && { requestBody: BODY }),
  responses: {
    [operation.status]: { description: 'Done.', content: { 'application/json': { schema: ref(operation.answers) } } },
    ...refusals(operation),
  },
})

const ref = (schema: ApiOperation['answers'] | 'Mail' | 'Problem') => ({ $ref: `#/components/schemas/${schema}` })

function refusals({ refusals: own }: ApiOperation): Record<string, object> {
  const codes = groupBy([...ALWAYS, ...own], (code) => REFUSALS[code].http)
  return Object.fromEntries([...codes].map(([status, refusals]) => [status, refusalAnswer(status, refusals)]))
}

const refusalAnswer = (status: number, codes: readonly RefusalCode[]) => ({
  description: `Codes: ${codes.join(', ')}.`,
  ...(RETRY_AFTER_S[status] !== undefined && { headers: RETRY_AFTER }),
  content: {
    'application/problem+json': { schema: { allOf: [ref('Problem'), { properties: { code: { enum: codes } } }] } },
  },
})

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds after which the request may be repeated.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
}

const BODY = {
  required: true,
  content: {
    'application/json': { schema: ref('Mail') },
    'message/rfc822': {
      schema: {
        type: 'string',
        description: `A finished message (RFC 5322) with CRLF line ends, at most 25 MiB. It goes to the addresses in To, Cc and Bcc, at most ${API_RECIPIENTS_MAX}.`,
      },
    },
  },
}
