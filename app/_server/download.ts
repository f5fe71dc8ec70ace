import { ReadableStream, TextEncoderStream } from 'node:stream/web'
import type { Locale } from '@/lib/i18n/locale'
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

/**
 * A table as a file. Its rows are read only as fast as the client accepts them. German Excel puts a line with commas into one cell. A first
 * line `sep=,` would tell it, but then it no longer reads UTF-8, and few other programs know that line.
 */
export function csvDownload<Row>(
  { name, locale }: { name: string; locale: Locale },
  columns: CsvColumns<Row>,
  parts: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Response {
  const separator = locale === 'de' ? ';' : ','
  async function* texts() {
    yield csvText([columns.map(([heading]) => heading)], separator)
    for await (const rows of parts) {
      const cells = rows.map((row) => columns.map(([, cell]) => cell(row)))
      yield csvText(cells, separator).slice(MARK.length)
    }
  }
  // The types of Node’s streams and of the browser’s differ.
  const body = ReadableStream.from(texts()).pipeThrough(new TextEncoderStream()) as BodyInit
  return download(name, 'text/csv; charset=utf-8', body)
}
