/** The fields that set-up output may fill, by their names in the form. */
export type PastedFields = Partial<
  Record<'tenantId' | 'clientId' | 'clientSecret' | 'senderAddress' | 'secretExpiresAt', string>
>

/** More than any portal page or cmdlet prints; the rest is not read. */
const PASTED_CHARS_MAX = 20_000

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i
const ADDRESS = /[^\s<>"'“”„‚‘’,;:]+@[^\s<>"'“”„‚‘’,;:]+\.[^\s<>"'“”„‚‘’,;:]+/
const DAY = /\d{4}-\d{2}-\d{2}/
const QUOTES = /^[\s"'“”„‚‘’`]+|[\s"'“”„‚‘’`,;]+$/g

/** Labels of the portal (English and German), PowerShell, the Azure command line and Graph; the first that fits names the field. */
const LABELS: readonly (readonly [label: RegExp, field: keyof PastedFields | null, value: RegExp | null])[] = [
  [/object|objekt|secretid|geheimeid|keyid|hint|displayname|^name$/, null, null],
  [/secret|password|geheim|^value$|^wert$|kennwort/, 'clientSecret', null],
  [/tenant|directory|organi[sz]ation$|verzeichnis|mandant/, 'tenantId', GUID],
  [/client|appid|application|anwendung/, 'clientId', GUID],
  [/expir|enddate|valid|gültig|läuft/, 'secretExpiresAt', DAY],
  [/sender|mailbox|identity|smtpaddress|absender|postfach/, 'senderAddress', ADDRESS],
]

const plain = (label: string): string => label.toLowerCase().replace(/[^a-zäöüß]/g, '')

/** Label and value of a line: `Label: value`, `NAME=value`, `"name": "value"`, columns; or the value on the next line. */
function pairsOf(text: string): [label: string, value: string][] {
  const lines = text
    .slice(0, PASTED_CHARS_MAX)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  return lines.map((line, index) => {
    const parted = /^([^:=\t]{1,60}?)\s*[:=\t]\s*(.+)$/.exec(line)
    return parted ? [parted[1] ?? '', parted[2] ?? ''] : [line.length > 60 ? '' : line, lines[index + 1] ?? '']
  })
}

/** Picks our fields out of what was pasted. What is not recognised is left alone: nothing is guessed from an ID without its label. */
export function readPasted(text: string): PastedFields {
  const found: PastedFields = {}
  for (const [label, raw] of pairsOf(text)) {
    const row = LABELS.find(([pattern]) => pattern.test(plain(label)))
    const [, field, shape] = row ?? []
    const value = shape ? shape.exec(raw)?.[0] : raw.replace(QUOTES, '')
    if (field && value && !found[field]) found[field] = value
  }
  return found
}
