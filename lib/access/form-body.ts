import { bytesMaxIn, isTooLarge } from './request-refusal'

/** Reads a form and counts its bytes while reading, since a chunked body does not announce its length. */
export async function readForm(request: Request): Promise<FormData | 'too-large' | 'malformed' | 'cut-off'> {
  try {
    return await formOf(request)
  } catch (thrown) {
    if (Object(thrown).code === 'ECONNRESET') return 'cut-off' // the client has gone, as when a person leaves the page
    throw thrown
  }
}

async function formOf(request: Request): Promise<FormData | 'too-large' | 'malformed'> {
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
  if (isUnclear(body, type)) return 'malformed'
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => null)
  if (!form) return 'malformed'
  return isTooLarge(form, bytesMax) ? 'too-large' : form
}

/** Forms with more fields are rejected unparsed. The policy page with 50 rules has about 500. */
const FORM_FIELDS_MAX = 1000
/** The heading of one part: its name and the name of its file. */
const HEADING_BYTES_MAX = 1024
/**
 * As browsers write it, and no more. If a heading has two names, a charset or an encoding, the framework (busboy) reads other fields than
 * we check. It also keeps a byte order mark, which is no JSON in an argument of an action.
 */
const HEADING =
  /^\r\nContent-Disposition: form-data; name="(?![0-9a-f]+"\r\n\r\n\xef\xbb\xbf)[^"\\\r\n]*"(?:; filename="[^"\r\n]*"\r\nContent-Type: [^\r\n]+)?\r\n\r\n/i

/** As browsers write it too. Readers disagree about which of several boundaries counts, and about one by RFC 2231. */
const MULTIPART = /^multipart\/form-data; ?boundary=([\w-]{1,70})$/i

/** Looks without parsing, because parsing tens of thousands of fields, or of lines in a heading, would block the process. */
function isUnclear(body: Buffer, type: string): boolean {
  const boundary = MULTIPART.exec(type)?.[1]
  if (boundary === undefined && /^multipart/i.test(type)) return true
  const separator = boundary === undefined ? '&' : `--${boundary}`
  let at = body.indexOf(separator)
  for (let fields = 0; fields < FORM_FIELDS_MAX; fields++) {
    if (at < 0) return false
    at += separator.length
    const heading = body.toString('latin1', at, at + HEADING_BYTES_MAX)
    if (boundary !== undefined && !heading.startsWith('--') && !HEADING.test(heading)) return true
    at = body.indexOf(separator, at)
  }
  return true
}
