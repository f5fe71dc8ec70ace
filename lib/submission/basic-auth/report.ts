import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { REPORT_BYTES_MAX } from '../../access/request-refusal'
import { fail, isDay, ok, type Result, recordOf } from '../../kernel'
import { parseSenderEmail } from '../../validation/email-address'

/** A mailbox whose setting decides: `inherits` uses the tenant's. */
export const SMTP_AUTH_SETTINGS = ['enabled', 'disabled', 'inherits'] as const

export interface ReportedSender {
  /** In lower case. */
  address: string
  /** Messages in the period of the report. */
  messages: number
  /** Day of the last use, `YYYY-MM-DD`; null if the report does not say. */
  lastUse: string | null
  /** Its mailbox's own setting; null if the report does not say. */
  setting: (typeof SMTP_AUTH_SETTINGS)[number] | null
}

/** Which report a text is: Exchange's *SMTP AUTH clients*, or the output of our script, which is `settings` where it counted no uses. */
export type ReportKind = 'smtp-auth-clients' | 'script' | 'settings'

export interface Report {
  kind: ReportKind
  senders: ReportedSender[]
  /** Lines that name no mailbox, such as totals, and those of senders that sign in without a password. */
  skipped: number
  /** Lines with a last use that is no day, or may be one of two. */
  undated: number
}

/**
 * `too-large`, `too-many-rows`: more than the pages can handle. `no-…-column`: no column is one of senders, or of their messages.
 * `no-number`: what a sender has in that column is not a number, and would otherwise count as no use of its password.
 */
export type ReportFault =
  | { kind: 'empty' | 'too-large' | 'too-many-rows' | 'no-table' | 'no-sender-column' | 'no-message-column' }
  | { kind: 'no-number'; sender: string; text: string }

/** The texts of faults and docs/moving-from-basic-authentication.md say it too. */
const ROWS_MAX = 50_000
/** A row of the known reports has a few hundred. */
const ROW_CHARS_MAX = 8_192
/** The parser counts a row without its separators, so that one of separators alone would have any length. */
const LONG_LINE = new RegExp(`(?<![^\\r\\n])[^\\r\\n]{${ROW_CHARS_MAX + 1}}`)
/** Read in less than ten milliseconds. */
const PIECE_BYTES = 64 * 1024
/** More of a cell that is no number says nothing else. */
const SHOWN_CHARS_MAX = 40
/** In front of the heading: the separator for Excel, or the type that Windows PowerShell writes. */
const LINE_BEFORE = /^\ufeff?(sep=.|#TYPE .*)\r?\n/i
const CSV = {
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: ROW_CHARS_MAX,
  // A file may have several of them, such as a heading that was added by hand.
  record_delimiter: ['\r\n', '\n', '\r'],
}

/** Columns by what their headings contain, in the languages of the admin center that we know. Order matters. */
const COLUMNS = {
  address: [
    /^mailbox$/i,
    /sender.?ad+ress/i,
    /sender/i,
    /absender/i,
    /primarysmtpaddress/i,
    /user.?principal.?name/i,
    /^user$/i,
    /benutzer/i,
  ],
  messages: [/^messages( sent)?$/i, /messages/i, /nachrichten/i, /count/i],
  lastUse: [
    /^last.?(use|used|seen|sent|sign.?in|activity)\b/i,
    /^(letzte.{0,2}|zuletzt) (verwend|gesehen|gesendet|anmeldung|nutzung|genutzt|aktiv)/i,
  ],
  setting: [/^setting$/i],
  protocol: [/auth\w{0,20} protocol/i, /authentifizierungsprotokoll/i], // since October 2024
} as const satisfies Record<keyof ReportedSender | 'protocol', readonly RegExp[]>

/** By the first two bytes in hexadecimal: a mark, or half of them 0 in a heading that has none, since no text has a NUL. */
const UTF_16 = [
  [/^fffe|^..00/, 'utf-16le'],
  [/^feff|^00/, 'utf-16be'],
] as const
/** The text of an exported file: UTF-16, as admin centers and spreadsheets write it too, or else UTF-8. */
export function fileText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 2)).toString('hex')
  return new TextDecoder(UTF_16.find(([pattern]) => pattern.test(start))?.[1] ?? 'utf-8').decode(bytes)
}

/**
 * Reads a report as it was exported or pasted: separated by commas, semicolons or tabs, with a heading line. It is read in pieces, so
 * that the process does other work in between.
 */
export async function readReport(file: string): Promise<Result<Report, ReportFault>> {
  if (file.length > REPORT_BYTES_MAX) return fail({ kind: 'too-large' })
  const text = file.replace(LINE_BEFORE, '')
  if (text.trim() === '') return fail({ kind: 'empty' })
  if (LONG_LINE.test(text)) return fail({ kind: 'no-table' })
  const read: ReadLines = { senders: new Map(), uses: [], isCounted: false, skipped: [] }
  let columns: Columns | null = null
  let rows = 0
  try {
    for await (const row of Readable.from(piecesOf(text)).pipe(parse({ ...CSV, delimiter: delimiterOf(text) }))) {
      if (++rows > ROWS_MAX) return fail({ kind: 'too-many-rows' })
      const fault: ReportFault | null = columns ? addLine(read, row, columns) : missingColumn(row)
      if (fault) return fail(fault)
      columns ??= columnsIn(row)
    }
  } catch (thrown) {
    // For a quotation that does not end, and for a row that is too long.
    if (thrown instanceof CsvError) return fail({ kind: 'no-table' })
    throw thrown
  }
  return columns ? reportOf(read, columns) : fail({ kind: 'no-table' })
}

function reportOf({ senders, uses, isCounted, skipped }: ReadLines, columns: Columns): Result<Report, ReportFault> {
  // It would say that no one uses a password any more, and every sender of the list would have moved.
  if (senders.size === 0 && skipped.length > 0 && !skipped.includes('no-use')) return fail({ kind: 'no-sender-column' })
  const scriptKind = isCounted ? 'script' : 'settings'
  const kind = columns.setting >= 0 && columns.lastUse >= 0 ? scriptKind : 'smtp-auth-clients'
  return ok({ kind, senders: [...senders.values()], skipped: skipped.length, undated: noteLastUses(uses) })
}

/** The separator that gives the heading the most columns is the right one. */
function delimiterOf(text: string): string {
  const [heading = ''] = text.trimStart().split(/[\r\n]/, 1)
  const columns = (delimiter: string) => heading.split(delimiter).length
  return [';', '\t'].reduce((best, other) => (columns(other) > columns(best) ? other : best), ',')
}

async function* piecesOf(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    yield bytes.subarray(offset, offset + PIECE_BYTES)
    await nextTurn()
  }
}

/** The place of each column; -1 for one that is missing. */
type Columns = Record<keyof typeof COLUMNS, number>

const columnsIn = (heading: readonly string[]): Columns =>
  recordOf(Object.keys(COLUMNS) as (keyof Columns)[], (name) => {
    for (const pattern of COLUMNS[name]) {
      const index = heading.findIndex((title) => pattern.test(title.trim()))
      if (index >= 0) return index
    }
    return -1
  })

function missingColumn(heading: readonly string[]): ReportFault | null {
  const { address, messages } = columnsIn(heading)
  if (address < 0) return { kind: 'no-sender-column' }
  return messages < 0 ? { kind: 'no-message-column' } : null
}

/** What a line says of the last use. */
interface Use {
  sender: ReportedSender
  text: string
}

/** A line names no mailbox for its messages, or says that no password was used. */
type Skipped = 'no-mailbox' | 'no-use'

/** What the lines below the heading say. */
interface ReadLines {
  senders: Map<string, ReportedSender>
  uses: Use[]
  /** One of them says something in the column of messages. */
  isCounted: boolean
  skipped: Skipped[]
}

/** @returns what makes the report unusable, or null */
function addLine(read: ReadLines, line: readonly string[], columns: Columns): ReportFault | null {
  const cell = (name: keyof Columns): string => line[columns[name]] ?? ''
  const skip = (why: Skipped): null => {
    read.skipped.push(why)
    return null
  }
  const count = cell('messages').trim()
  if (count !== '') read.isCounted = true
  const messages = numberIn(count)
  const parsed = parseSenderEmail(cell('address'))
  if (!parsed.ok) return skip(messages === 0 ? 'no-use' : 'no-mailbox')
  if (isOAuthAlone(cell('protocol'))) return skip('no-use')
  const address = parsed.value.toLowerCase()
  if (messages === null) return { kind: 'no-number', sender: address, text: count.slice(0, SHOWN_CHARS_MAX) }
  const sender = read.senders.get(address) ?? { address, messages: 0, lastUse: null, setting: null }
  sender.messages += messages
  const setting = cell('setting').trim().toLowerCase()
  sender.setting = SMTP_AUTH_SETTINGS.find((known) => known === setting) ?? sender.setting
  read.senders.set(address, sender)
  const text = cell('lastUse').trim()
  if (text !== '') read.uses.push({ sender, text })
  return null
}

/** Whether each of the protocols of a line is OAuth 2.0. Another one is a password, whatever the language calls it. */
const isOAuthAlone = (protocols: string): boolean =>
  protocols.split(/[,;/+&]| and | und /i).every((each) => /oauth/i.test(each))

/** A number as people's spreadsheets write it: `1,204`, `1.204`, `1 204`, `1’204`, `1.204,00`. None is 0. */
const numberIn = (text: string): number | null => {
  const digits = text
    .trim()
    .replace(/[.,]0{1,2}$/, '')
    .replace(/[.,'’\s\u00a0\u202f](?=\d{3}\b)/g, '')
  return /^\d{0,12}$/.test(digits) ? Number(digits) : null
}

/**
 * Gives each sender the day of its last use. A spreadsheet writes days with the month or the day first: those that may be either are read as
 * those of the same report that may not.
 *
 * @returns how many of the texts are no day, or may be one of two
 */
function noteLastUses(uses: readonly Use[]): number {
  const read = uses.map(({ sender, text }) => ({ sender, ...daysIn(text) }))
  const hasMonthFirst = read.some(({ monthFirst, dayFirst }) => monthFirst && !dayFirst)
  const hasDayFirst = read.some(({ monthFirst, dayFirst }) => dayFirst && !monthFirst)
  let undated = 0
  for (const { sender, monthFirst, dayFirst } of read) {
    const possible = new Set<string | null>()
    if (hasMonthFirst || !hasDayFirst) possible.add(monthFirst)
    if (hasDayFirst || !hasMonthFirst) possible.add(dayFirst)
    possible.delete(null)
    const [day] = possible
    if (!day || possible.size > 1) undated++
    else if (sender.lastUse === null || day > sender.lastUse) sender.lastUse = day
  }
  return undated
}

const DAY = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)/

/** The day that a text begins with, read in both ways. Only with hyphens or slashes, and the year at the end, they may differ. */
function daysIn(text: string): Record<'monthFirst' | 'dayFirst', string | null> {
  const [, first = '', separator, second = '', third = ''] = DAY.exec(text) ?? []
  const yearFirst = first.length > 2 ? dayOf(first, second, third) : null
  const dayFirst = yearFirst ?? dayOf(third, second, first)
  return { dayFirst, monthFirst: yearFirst ?? (separator === '.' ? dayFirst : dayOf(third, first, second)) }
}

function dayOf(year: string, month: string, day: string): string | null {
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isDay(text) ? text : null
}
