/** Parses a message to show it on a page. It does not validate anything. */
export interface ReadMessage {
  headers: { name: string; value: string }[]
  text: string | null
  html: string | null
  attachments: { name: string; type: string; bytes: number }[]
}

interface Part {
  headers: { name: string; value: string }[]
  body: Buffer
}

const DEEPEST = 10
/** The types of parts that are shown as the message itself. */
const BODIES = new Map<string, 'html' | 'text'>([
  ['text/html', 'html'],
  ['text/plain', 'text'],
])

function split(raw: Buffer): Part {
  const blank = /\r?\n\r?\n/.exec(raw.toString('latin1'))
  const end = blank?.index ?? raw.length
  const head = raw.subarray(0, end).toString()
  const headers = head
    .replace(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 1 ? [] : [{ name: line.slice(0, colon), value: decodeHeaderText(line.slice(colon + 1).trim()) }]
    })
  return { headers, body: raw.subarray(blank ? end + blank[0].length : raw.length) }
}

export function header({ headers }: { headers: { name: string; value: string }[] }, name: string): string {
  return headers.find((known) => known.name.toLowerCase() === name)?.value ?? ''
}

function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

function unquote(text: string): Buffer {
  const plain = text.replace(/[ \t]+$/gm, '').replace(/=\r?\n/g, '')
  return Buffer.from(
    plain.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

/** RFC 2047: `=?utf-8?B?…?=`. White space between two encoded parts is dropped. */
function decodeHeaderText(value: string): string {
  return value
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/=\?([^?*]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, text: string) =>
      decodeText(
        kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquote(text.replaceAll('_', ' ')),
        charset,
      ),
    )
}

function contentOf(part: Part): Buffer {
  const encoding = header(part, 'content-transfer-encoding').toLowerCase()
  if (encoding === 'base64') return Buffer.from(part.body.toString('latin1'), 'base64')
  return encoding === 'quoted-printable' ? unquote(part.body.toString('latin1')) : part.body
}

function parameter(value: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}\\*?\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(value)
  return match?.[1] ?? match?.[2] ?? null
}

function childrenOf(part: Part, boundary: string): Buffer[] {
  const body = `\r\n${part.body.toString('latin1')}`
  const pieces = body.split(`\r\n--${boundary}`).slice(1)
  return pieces
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => Buffer.from(piece.replace(/^[ \t]*\r?\n/, ''), 'latin1'))
}

function collect(part: Part, into: ReadMessage, depth: number): void {
  const type = header(part, 'content-type') || 'text/plain'
  const kind = type.split(';')[0]?.trim().toLowerCase() ?? ''
  const boundary = parameter(type, 'boundary')
  if (kind.startsWith('multipart/') && boundary !== null && depth < DEEPEST) {
    for (const child of childrenOf(part, boundary)) collect(split(child), into, depth + 1)
    return
  }
  const disposition = header(part, 'content-disposition')
  const name = parameter(disposition, 'filename') ?? parameter(type, 'name')
  const content = contentOf(part)
  const body = BODIES.get(kind)
  if (!body || name !== null || /^attachment/i.test(disposition) || into[body] !== null) {
    into.attachments.push({ name: name ?? 'unnamed', type: kind, bytes: content.length })
  } else into[body] = decodeText(content, parameter(type, 'charset') ?? 'utf-8')
}

export function readMessage(raw: Buffer): ReadMessage {
  const whole = split(raw)
  const message: ReadMessage = { headers: whole.headers, text: null, html: null, attachments: [] }
  collect(whole, message, 0)
  return message
}
