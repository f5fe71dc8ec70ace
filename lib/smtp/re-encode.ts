import { isAscii } from 'node:buffer'
import { encode as encodeBase64, wrap as wrapBase64 } from 'nodemailer/lib/base64'
import { encode as encodeQuoted, wrap as wrapQuoted } from 'nodemailer/lib/qp'
import { endOfLine, fieldValue, HEADER_LINES_MAX, type Header, readHeader } from './header'
import { LINE_OCTETS_MAX } from './wire-safe'

/** What the text of a message may not contain: lines over 998 octets, or octets over 127 as well. */
export type Excess = 'long-lines' | 'eight-bits'

/** RFC 2045 §6.7 and §6.8. */
const ENCODED_LINE = 76
/** Parts within parts that are followed; no program writes more than five. */
const DEPTH_MAX = 50
/** Parts of one message, of which Exchange Online takes 250. Millions would stop the process for minutes. */
const PARTS_MAX = 1_000
/** What is searched for delimiters in all, which takes up to 7 ns a byte: the largest message four times over. */
const SEARCHED_BYTES_MAX = 100 * 1024 ** 2
/** To read a line that begins as a delimiter does takes as long as to search this many bytes. */
const LINE_BYTES = 200
/** A longer text is encoded as base64: as quoted-printable 25 MiB could become 75 and would stop the process for seconds. */
const QUOTED_BYTES_MAX = 256 * 1024
const LF = 0x0a
const CRLF = Buffer.from('\r\n')

type Edit = ReturnType<typeof relabelled>[number]

interface Part {
  start: number
  end: number
  /** Changes would break a signature. */
  isSigned: boolean
  depth: number
  /** Counts of the whole message, up to this part. */
  count: { parts: number; searchedBytes: number }
}

/**
 * Encodes the parts of a message that contain what they may not, as quoted-printable or base64, and leaves every other byte as it is.
 *
 * @returns null if that cannot be done: in a header, in a signed part, outside parts, in a part that is encoded already, or because there
 *   are too many parts
 */
export function reEncode(bytes: Buffer, excess: Excess): Buffer | null {
  const count = { parts: 0, searchedBytes: 0 }
  const edits = editsOf(bytes, { start: 0, end: bytes.length, isSigned: false, depth: 0, count }, excess)
  if (!edits) return null
  const pieces: Buffer[] = []
  let at = 0
  for (const { from, to, by } of edits.sort((a, b) => a.from - b.from)) {
    pieces.push(bytes.subarray(at, from), by)
    at = to
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

function editsOf(bytes: Buffer, part: Part, excess: Excess): Edit[] | null {
  const header = readHeader(bytes, { ...part, linesMax: HEADER_LINES_MAX })
  if (header.lines > HEADER_LINES_MAX || ++part.count.parts > PARTS_MAX) return null
  // Octets over 127 in a header are no matter of its body's encoding.
  if (excess === 'long-lines' && hasLongLine(bytes, part.start, header.end)) return null
  const start = bytes.indexOf(CRLF, header.end) === header.end ? header.end + 2 : header.end
  const body = { ...part, start: Math.min(start, part.end) }
  const { type, boundary } = contentTypeOf(header)
  if (!hasExcess(bytes, body, excess)) return []
  if (part.depth >= DEPTH_MAX) return null
  if (type.startsWith('multipart/') && boundary !== null) {
    part.count.searchedBytes += body.end - body.start
    if (part.count.searchedBytes > SEARCHED_BYTES_MAX) return null
    const inner = inMultipart(bytes, { ...body, isSigned: part.isSigned || PROTECTED.test(type) }, boundary, excess)
    return inner && [...inner, ...relabelled(header, excess)]
  }
  // A message within a message has its own parts, and may not be encoded as a whole (RFC 2046 §5.2.1).
  if (type === 'message/rfc822' || type === 'message/global') {
    if (!isPlain(encodingField(header))) return null
    const inner = editsOf(bytes, { ...body, depth: part.depth + 1 }, excess)
    return inner && [...inner, ...relabelled(header, excess)]
  }
  return part.isSigned || /^(message|multipart)\//.test(type) ? null : encoded(bytes, header, body, type)
}

/** Types whose parts are not encoded again. In a digest, parts without a type are messages (RFC 2046 §5.1.5). */
const PROTECTED = /^multipart\/(signed|encrypted|digest)\b/

const encodingField = ({ fields }: Header) => fields.find(({ name }) => name === 'content-transfer-encoding')

const isPlain = (field: ReturnType<typeof encodingField>): boolean =>
  !field || ['7bit', '8bit', 'binary'].includes(fieldValue(field).toLowerCase())

/** The parts between the delimiters. Text before, between and after them cannot be encoded. */
function inMultipart(bytes: Buffer, body: Part, boundary: string, excess: Excess): Edit[] | null {
  const edits: Edit[] = []
  let outsideStart = body.start
  let childStart: number | null = null
  for (const { lineStart, lineEnd, isLast } of delimiters(bytes, body, boundary)) {
    if (childStart !== null) {
      // The line end in front of a delimiter belongs to it (RFC 2046 §5.1.1).
      const end = Math.max(childStart, lineStart - 2)
      const inner = editsOf(bytes, { ...body, start: childStart, end, depth: body.depth + 1 }, excess)
      if (!inner) return null
      edits.push(...inner)
      outsideStart = end
    }
    if (hasExcess(bytes, { start: outsideStart, end: lineEnd }, excess)) return null
    outsideStart = lineEnd
    childStart = isLast ? null : lineEnd
    if (isLast) break
  }
  if (body.count.searchedBytes > SEARCHED_BYTES_MAX) return null
  if (childStart !== null) {
    const inner = editsOf(bytes, { ...body, start: childStart, depth: body.depth + 1 }, excess)
    return inner && [...edits, ...inner]
  }
  return hasExcess(bytes, { start: outsideStart, end: body.end }, excess) ? null : edits
}

function* delimiters(bytes: Buffer, { start, end, count }: Part, boundary: string) {
  const mark = Buffer.from(`\n--${boundary}`, 'latin1')
  // Not beyond the end: each of many parts without a last delimiter would look through the rest of the message.
  const within = bytes.subarray(0, end)
  // In front of a body is the end of its header.
  for (let offset = within.indexOf(mark, start - 1); offset >= 0; offset = within.indexOf(mark, offset + 1)) {
    count.searchedBytes += LINE_BYTES
    if (count.searchedBytes > SEARCHED_BYTES_MAX) return
    const lineEnd = endOfLine(bytes, offset + 1, end)
    const rest = bytes.toString('latin1', offset + mark.length, lineEnd).trimEnd()
    if (rest === '' || rest === '--') yield { lineStart: offset + 1, lineEnd, isLast: rest === '--' }
  }
}

/** The new content of one part, with the field that says so. */
function encoded(bytes: Buffer, header: Header, { start, end, depth }: Part, type: string): Edit[] | null {
  const field = encodingField(header)
  const content = bytes.subarray(start, end)
  if (!isPlain(field)) return null
  const encoding = type.startsWith('text/') && end - start <= QUOTED_BYTES_MAX ? 'quoted-printable' : 'base64'
  const text =
    encoding === 'base64'
      ? `${wrapBase64(encodeBase64(content), ENCODED_LINE).trimEnd()}${depth === 0 ? '\r\n' : ''}`
      : wrapQuoted(encodeQuoted(content), ENCODED_LINE)
  const needsVersion = depth === 0 && !header.fields.some(({ name }) => name === 'mime-version')
  const lines = `${needsVersion ? 'MIME-Version: 1.0\r\n' : ''}Content-Transfer-Encoding: ${encoding}\r\n`
  const place = field ?? { start: header.end, end: header.end }
  // A device may have left out the empty line, which a new field in front of the text needs.
  const separator = start === header.end ? '\r\n' : ''
  return [
    { from: place.start, to: place.end, by: Buffer.from(field ? lines : lines + separator) },
    ...(field && separator ? [{ from: header.end, to: header.end, by: CRLF }] : []),
    { from: start, to: end, by: Buffer.from(text, 'latin1') },
  ]
}

/** A part with parts is not `8bit` any more when they have been encoded (RFC 2045 §6.4). */
function relabelled(header: Header, excess: Excess) {
  const field = encodingField(header)
  if (!field || excess === 'long-lines') return []
  return [{ from: field.start, to: field.end, by: Buffer.from('Content-Transfer-Encoding: 7bit\r\n') }]
}

const BOUNDARY = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i

function contentTypeOf({ fields }: Header): { type: string; boundary: string | null } {
  const field = fields.find(({ name }) => name === 'content-type')
  const value = field ? fieldValue(field) : 'text/plain'
  const [, quoted, bare] = BOUNDARY.exec(value) ?? []
  return {
    type: (value.split(';')[0] ?? '').trim().toLowerCase(),
    boundary: quoted?.replace(/\\(.)/g, '$1') ?? bare ?? null,
  }
}

const hasExcess = (bytes: Buffer, { start, end }: { start: number; end: number }, excess: Excess): boolean =>
  excess === 'long-lines' ? hasLongLine(bytes, start, end) : !isAscii(bytes.subarray(start, end))

function hasLongLine(bytes: Buffer, start: number, end: number): boolean {
  // From the last line end within the reach of one line to the next such line end: far fewer steps than lines.
  for (let offset = start; end - offset > LINE_OCTETS_MAX; ) {
    const last = bytes.lastIndexOf(LF, Math.min(offset + LINE_OCTETS_MAX + 1, end - 1))
    if (last < offset) return true
    offset = last + 1
  }
  return false
}
