import { ReadableStream, TextEncoderStream } from 'node:stream/web'
import { csvText, MARK } from '@/lib/kernel/csv'

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A file to save: never cached, and never taken for another type. */
export const download = (name: string, type: string, body: BodyInit): Response =>
  new Response(body, {
    headers: { ...HEADERS, 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  })

export const noSuchFile = (): Response => new Response(null, { status: 404, headers: HEADERS })

/** The columns of a file, each with its heading and what a row has there. Only what is named here gets into the file. */
export type CsvColumns<Row> = readonly [heading: string, cell: (row: Row) => string][]

/** A table as a file. Its rows are read only as fast as the client accepts them. */
export function csvDownload<Row>(
  name: string,
  columns: CsvColumns<Row>,
  parts: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Response {
  async function* texts() {
    yield csvText([columns.map(([heading]) => heading)])
    for await (const rows of parts)
      yield csvText(rows.map((row) => columns.map(([, cell]) => cell(row)))).slice(MARK.length)
  }
  // The types of Node’s streams and of the browser’s differ.
  const body = ReadableStream.from(texts()).pipeThrough(new TextEncoderStream()) as BodyInit
  return download(name, 'text/csv; charset=utf-8', body)
}
