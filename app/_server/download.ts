const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A file to save: never cached, and never taken for another type. */
export const download = (name: string, type: string, body: BodyInit): Response =>
  new Response(body, {
    headers: { ...HEADERS, 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  })

export const noSuchFile = (): Response => new Response(null, { status: 404, headers: HEADERS })
