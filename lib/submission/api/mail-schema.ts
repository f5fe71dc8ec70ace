import { z } from 'zod'
import { translatorFor } from '../../i18n/translations'
import { isBase64 } from '../../smtp/base64-text'
import { parseRecipientEmail } from '../../validation/email-address'
import { parseBody, parseFileName, parseHeaderValue, parseSubject, TEXT_OCTETS_MAX } from '../../validation/text'
import { type Parsed, validationErrorText } from '../../validation/validation-error'

/** Fewer than by SMTP, because a program can send a message for each recipient. */
export const API_RECIPIENTS_MAX = 50
const HTML_OCTETS_MAX = 1024 * 1024
const ATTACHMENTS_MAX = 50
const HEADERS_MAX = 50
/** With the longest value it still fits into a line. */
const HEADER_NAME = /^[Xx]-[A-Za-z0-9-]{1,74}$/
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
/** What a multipart or an attached message contains would be read as part of this message. */
const CONTENT_TYPE = /^(?!multipart\/|message\/)[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/i

const t = translatorFor('en', 'validation')

/** A text that one of our parsers reads; its answers in JSON are English. */
const textBy = <T>(parse: (text: string) => Parsed<T>) =>
  z.string('not a text').transform((text, context): T => {
    const parsed = parse(text)
    if (parsed.ok) return parsed.value
    context.issues.push({ code: 'custom', input: '', message: validationErrorText(t, parsed.error) })
    return z.NEVER
  })

/** As `readJson` returns it: it may be large, and the composer decodes it a slice at a time. */
const base64 = z
  .custom<Buffer>(Buffer.isBuffer, { error: 'not a text', abort: true })
  .refine(isBase64, 'not base64 (RFC 4648 §4, with padding)')

const address = textBy(parseRecipientEmail)
const addresses = z
  .union([address, z.array(address).max(API_RECIPIENTS_MAX, `at most ${API_RECIPIENTS_MAX}`)])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .optional()

const ONLY_X = 'only names that begin with X-'

/** Zod leaves this name out of a record without an error, and what was sent under it would be lost. */
function refuseProto(value: unknown, { issues }: { issues: z.core.$ZodRawIssue[] }): unknown {
  const name = '__proto__'
  if (Object.hasOwn(Object(value), name)) issues.push({ code: 'custom', input: value, path: [name], message: ONLY_X })
  return value
}

const attachment = z.strictObject({
  filename: textBy(parseFileName).meta({ maxLength: 200, description: 'Without a folder.' }),
  contentType: z
    .string('not a text')
    .regex(CONTENT_TYPE, 'not the content type of a single file, such as application/pdf, without parameters')
    .meta({ examples: ['application/pdf'] }),
  contentBase64: base64.meta({ description: 'The file in base64, with padding.' }),
})

/** Whether the body is an object without an error in these fields: an answer names what is missing among other errors too. */
const areSound = (issues: readonly z.core.$ZodRawIssue[], fields: readonly string[]): boolean =>
  issues.every(({ code, path: [field] = [] }) =>
    field === undefined ? code === 'unrecognized_keys' : !fields.includes(String(field)),
  )

/** The body of `POST /api/v1/messages` as JSON. Who sends it is decided by the key, so nothing here names a sender. */
export const mailSchema = z
  .strictObject({
    to: addresses.meta({ description: 'One address or a list of addresses, without names.' }),
    cc: addresses.meta({ description: 'As `to`.' }),
    bcc: addresses.meta({ description: 'As `to`. Other recipients do not see these.' }),
    subject: textBy(parseSubject).meta({ minLength: 1, maxLength: 255 }),
    text: textBy((text) => parseBody(text, TEXT_OCTETS_MAX))
      .optional()
      .meta({ description: 'Plain text, at most 100 KiB. At least one of `text` and `html` is needed.' }),
    html: textBy((text) => parseBody(text, HTML_OCTETS_MAX))
      .optional()
      .meta({ description: 'At most 1 MiB.' }),
    replyTo: address.optional().meta({ description: 'Where replies go.' }),
    attachments: z.array(attachment).max(ATTACHMENTS_MAX, `at most ${ATTACHMENTS_MAX}`).optional(),
    headers: z
      .preprocess(
        refuseProto,
        z
          .record(z.string().regex(HEADER_NAME, ONLY_X), textBy(parseHeaderValue))
          .refine((headers) => Object.keys(headers).length <= HEADERS_MAX, `at most ${HEADERS_MAX}`),
      )
      .optional()
      .meta({ description: 'Additional header fields. Names begin with `X-`.' }),
    idempotencyKey: z
      .string('not a text')
      .regex(IDEMPOTENCY_KEY, '1 to 255 printable ASCII characters without blanks')
      .optional()
      .meta({ description: 'As the header `Idempotency-Key`; if both are sent, they must be equal.' }),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, {
    path: ['text'],
    message: 'missing: a message needs a text or an html part',
    when: ({ issues }) => areSound(issues, ['text', 'html']),
  })
  .refine(({ to, cc, bcc }) => (to ?? cc ?? bcc) !== undefined, {
    path: ['to'],
    message: 'missing: a message needs a recipient in to, cc or bcc',
    // Alone it is answered with `no-recipients`.
    when: ({ issues }) => issues.length > 0 && areSound(issues, ['to', 'cc', 'bcc']),
  })
export type MailRequest = z.output<typeof mailSchema>

export const isIdempotencyKey = (text: string): boolean => IDEMPOTENCY_KEY.test(text)

export interface FieldError {
  /** Such as `attachments[0].filename`. */
  field: string
  problem: string
}

/** How other APIs name the sender, in a field that this one does not have. */
const SENDER_NAMES = ['from', 'sender']
const KEY_DECIDES = 'no field of this request: the first address among the allowed senders of the API key is the sender'

const TYPE_ERRORS: Readonly<Record<string, string>> = {
  object: 'not an object',
  record: 'not an object',
  array: 'not a list',
}

/** As many as help; a list of ten thousand would not. */
const ERRORS_MAX = 20

/** The errors of a parse that reports its inputs. */
export const fieldErrors = ({ issues }: z.ZodError): FieldError[] =>
  issues.flatMap((issue) => errorsOf(issue)).slice(0, ERRORS_MAX)

function errorsOf(issue: z.core.$ZodIssue, parent: readonly PropertyKey[] = []): FieldError[] {
  const path = [...parent, ...issue.path]
  if (issue.input === undefined) return [{ field: fieldName(path), problem: 'missing' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: fieldName([...path, key]),
        problem: path.length === 0 && SENDER_NAMES.includes(key) ? KEY_DECIDES : 'no field of this request',
      }))
    case 'invalid_union': {
      // The branch that has the type of the value says what is wrong inside it.
      const fitting = issue.errors.find(
        (branch) => !branch.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
      )
      if (!fitting) return [{ field: fieldName(path), problem: 'neither an address nor a list of addresses' }]
      return fitting.flatMap((inner) => errorsOf(inner, path))
    }
    case 'invalid_key':
      return [{ field: fieldName(path), problem: issue.issues[0]?.message ?? issue.message }]
    case 'invalid_type':
      return [{ field: fieldName(path), problem: TYPE_ERRORS[issue.expected] ?? issue.message }]
    default:
      return [{ field: fieldName(path), problem: issue.message }]
  }
}

const fieldName = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part).slice(0, 100)}`,
    )
    .join('') || 'body'
