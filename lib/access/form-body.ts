import { MIMEType } from 'node:util'
import { bytesMaxIn, FORM_FIELDS_MAX, isTooLarge } from './request-refusal'

/** Reads a form and counts its bytes while reading, since a chunked body does not announce its length. */
export async function readForm(request: Request): Promise<FormData | 'too-large' | 'malformed'> {
  const bytesMax = bytesMaxIn(request.headers)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  if (request.body)
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      bytes += chunk.byteLength
      if (bytes > bytesMax) return 'too-large'
      chunks.push(chunk)
    }
  const type = request.headers.get('content-type') ?? ''
  const body = Buffer.concat(chunks)
  if (isCostly(body, type)) return 'malformed'
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => null)
  if (!form) return 'malformed'
  return isTooLarge(form, bytesMax) ? 'too-large' : form
}

/** The heading of one part: its name and the name of its file. */
const HEADING_BYTES_MAX = 1024

/** Looks without parsing, because parsing tens of thousands of fields, or of lines in a heading, would block the process. */
function isCostly(body: Buffer, type: string): boolean {
  const kind = kindOf(type)
  if (kind === null) return true
  const { boundary } = kind
  const separator = Buffer.from(boundary === null ? '&' : `--${boundary}`)
  let at = body.indexOf(separator)
  for (let fields = 0; fields < FORM_FIELDS_MAX; fields++) {
    if (at < 0) return false
    const heading = body.subarray(at + separator.length, at + separator.length + HEADING_BYTES_MAX)
    if (boundary !== null && !heading.includes('\r\n\r\n') && !heading.subarray(0, 2).equals(END)) return true
    at = body.indexOf(separator, at + separator.length)
  }
  return true
}
const END = Buffer.from('--')

/**
 * What separates the parts of `multipart/form-data`, by the rule of the platform; null for other types. No kind at all for what its readers
 * may understand in different ways: a type with several boundaries, or with none.
 */
function kindOf(type: string): { boundary: string | null } | null {
  const parsed = mimeTypeOf(type)
  if (parsed?.essence !== 'multipart/form-data') return parsed && { boundary: null }
  const boundary = parsed.params.get('boundary')
  return boundary && type.match(BOUNDARIES)?.length === 1 ? { boundary } : null
}
/** With a number or a star it is a parameter of RFC 2231, which some readers know. */
const BOUNDARIES = /boundary[\s\d*]*=/gi

function mimeTypeOf(type: string): MIMEType | null {
  try {
    return new MIMEType(type)
  } catch {
    return null
  }
}
