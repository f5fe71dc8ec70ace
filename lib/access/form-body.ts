import { FORM_BYTES_MAX, formBytes } from './request-proof'

/** Counted while it is read, since a chunked body tells no length beforehand (W-03). */
export async function readForm(request: Request): Promise<FormData | 'too-large' | 'malformed'> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  if (request.body)
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      bytes += chunk.byteLength
      if (bytes > FORM_BYTES_MAX) return 'too-large'
      chunks.push(chunk)
    }
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  const form = await new Response(new Blob(chunks), { headers }).formData().catch(() => null)
  if (!form) return 'malformed'
  return formBytes(form) > FORM_BYTES_MAX ? 'too-large' : form
}
