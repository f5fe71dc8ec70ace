import { LINE_OCTETS_MAX } from './wire-safe'

/** Lines of the header of a message or of one part. Millions would stop the process for minutes. */
export const HEADER_LINES_MAX = 1_000

const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/

/** A field of a header, with its place in the message. */
export interface HeaderField {
  /** In lower case. */
  name: string
  start: number
  end: number
  raw: Buffer
}

export type Header = ReturnType<typeof readHeader>
/**
 * The header of a message or of one of its parts. It ends at the empty line, or at the first line that is no field, because some devices leave
 * the empty line out. Lines are counted up to `linesMax` and one field more.
 */
export function readHeader(bytes: Buffer, { start = 0, end = bytes.length, linesMax = Number.POSITIVE_INFINITY } = {}) {
  const fields: HeaderField[] = []
  let lines = 0
  let at = start
  while (at < end && lines <= linesMax) {
    const lineEnd = endOfLine(bytes, at, end)
    if (lineEnd === at + 2 && bytes[at] === 0x0d) break
    const name = FIELD.exec(bytes.toString('latin1', at, Math.min(lineEnd, at + LINE_OCTETS_MAX)))?.[1]?.toLowerCase()
    if (name === undefined) break
    let fieldEnd = lineEnd
    for (lines++; fieldEnd < end && isFold(bytes[fieldEnd]); lines++) fieldEnd = endOfLine(bytes, fieldEnd, end)
    fields.push({ name, start: at, end: fieldEnd, raw: bytes.subarray(at, fieldEnd) })
    at = fieldEnd
  }
  return { fields, end: at, lines }
}

/** The position after the next CRLF, or the end. */
export function endOfLine(bytes: Buffer, from: number, end = bytes.length): number {
  const lineEnd = bytes.indexOf('\r\n', from)
  return lineEnd < 0 || lineEnd + 2 > end ? end : lineEnd + 2
}

const isFold = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09

/** The value with its line ends, read as UTF-8 (RFC 6532). */
export function foldedValue({ raw }: Pick<HeaderField, 'raw'>): string {
  const text = raw.toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

/** The value of a field without its folds, read as UTF-8. */
export const fieldValue = (field: Pick<HeaderField, 'raw'>): string =>
  foldedValue(field)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim()

/** A date as header fields have it (RFC 5322 §3.3), in UTC. */
export const mailDate = (at: Date): string => at.toUTCString().replace('GMT', '+0000')
