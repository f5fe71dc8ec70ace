import { FORM_BYTES_MAX, FORM_FIELDS_MAX, formBytes } from './request-refusal'

/** Reads a form and counts its bytes while reading, since a chunked body does not announce its length. */
export async function readForm(request: Request): Promise<FormData | 'too-large' | 'malformed'> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  if (request.body)
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      bytes += chunk.byteLength
      if (bytes > FORM_BYTES_MAX) return 'too-large'
      chunks.push(chunk)
    }
  const type = request.headers.get('content-type') ?? ''
  const body = Buffer.concat(chunks)
  if (hasTooManyFields(body, type)) return 'malformed'
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => null)
  if (!form) return 'malformed'
  return formBytes(form) > FORM_BYTES_MAX ? 'too-large' : form
}

/** Counts fields without parsing, because parsing tens of thousands of fields would block the process. */
function hasTooManyFields(body: Buffer, type: string): boolean {
  const [, boundary] = /\bboundary="?([^";]+)/i.exec(type) ?? []
  const separator = Buffer.from(boundary === undefined ? '&' : `--${boundary}`)
  let at = -separator.length
  for (let fields = 0; fields < FORM_FIELDS_MAX; fields++) {
    at = body.indexOf(separator, at + separator.length)
    if (at < 0) return false
  }
  return true
}
