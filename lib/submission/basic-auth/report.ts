import { parse } from 'csv-parse/sync'
import { REPORT_BYTES_MAX } from '../../access/request-refusal'
import { isDay } from '../../kernel/calendar-days'
import { fail, ok, type Result } from '../../kernel/result'
import { parseSenderEmail } from '../../validation/email-address'

/** A mailbox whose setting decides: `inherits` uses the tenant's. */
export const SMTP_AUTH_SETTINGS = ['enabled', 'disabled', 'inherits'] as const
export type SmtpAuthSetting = (typeof SMTP_AUTH_SETTINGS)[number]

/** One sender of a report. */
export interface ReportedSender {
  /** In lower case. */
  address: string
  /** Messages in the period of the report. */
  messages: number
  /** Days of the first and last use, `YYYY-MM-DD`; null if the report does not say. */
  firstUse: string | null
  lastUse: string | null
  /** Its mailbox's own setting; null if the report does not say. */
  setting: SmtpAuthSetting | null
}

/** Which of the two known reports a text is: Exchange's *SMTP AUTH clients*, or the output of our script. */
export type ReportKind = 'smtp-auth-clients' | 'script'

export interface Report {
  kind: ReportKind
  senders: ReportedSender[]
  /** Lines that name no mailbox, such as totals. */
  skipped: number
}

/** `too-large`: more than the pages can handle. `no-table`: not a CSV table. `no-sender-column`, `no-message-column`: no column is one of senders, or of their messages. */
export type ReportFault = 'empty' | 'too-large' | 'no-table' | 'no-sender-column' | 'no-message-column'

const ROWS_MAX = 50_000

/** Columns by what their headings contain, in the languages of the admin center that we know. Order matters. */
const COLUMNS = {
  address: [
    /^mailbox$/i,
    /sender/i,
    /absender/i,
    /primarysmtpaddress/i,
    /user.?principal.?name/i,
    /^user$/i,
    /benutzer/i,
  ],
  messages: [/^messages( sent)?$/i, /messages/i, /nachrichten/i, /count/i],
  firstUse: [/^firstuse$/i],
  lastUse: [/^lastuse$/i],
  setting: [/^setting$/i],
} as const satisfies Record<keyof ReportedSender, readonly RegExp[]>

/** The text of an exported file: UTF-16, as admin centers and spreadsheets write it too, or else UTF-8. */
export const fileText = (bytes: Uint8Array): string =>
  new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes)

/** Reads a report as it was exported or pasted: separated by commas, semicolons or tabs, with a heading line. */
export function readReport(text: string): Result<Report, ReportFault> {
  if (text.length > REPORT_BYTES_MAX) return fail('too-large')
  if (text.trim() === '') return fail('empty')
  const rows = tableOf(text)
  if (!rows) return fail('no-table')
  if (rows.length > ROWS_MAX) return fail('too-large')
  const [heading = [], ...lines] = rows
  const column = (name: keyof typeof COLUMNS): number => {
    for (const pattern of COLUMNS[name]) {
      const at = heading.findIndex((title) => pattern.test(title.trim()))
      if (at >= 0) return at
    }
    return -1
  }
  const [address, messages, firstUse, lastUse, setting] = [
    column('address'),
    column('messages'),
    column('firstUse'),
    column('lastUse'),
    column('setting'),
  ]
  if (address < 0) return fail('no-sender-column')
  if (messages < 0) return fail('no-message-column')
  const senders = new Map<string, ReportedSender>()
  let skipped = 0
  for (const line of lines) {
    const parsed = parseSenderEmail(line[address] ?? '')
    if (!parsed.ok) {
      skipped++
      continue
    }
    const key = parsed.value.toLowerCase()
    const before = senders.get(key)
    senders.set(key, {
      address: key,
      messages: (before?.messages ?? 0) + numberIn(line[messages] ?? ''),
      firstUse: earliest(before?.firstUse ?? null, dayIn(line[firstUse] ?? '')),
      lastUse: latest(before?.lastUse ?? null, dayIn(line[lastUse] ?? '')),
      setting: SMTP_AUTH_SETTINGS.find((known) => known === line[setting]?.trim().toLowerCase()) ?? null,
    })
  }
  const kind = setting >= 0 && lastUse >= 0 ? 'script' : 'smtp-auth-clients'
  return ok({ kind, senders: [...senders.values()], skipped })
}

/** The separator that gives the heading the most columns is the right one. */
function tableOf(text: string): string[][] | null {
  const [first = ''] = text.trimStart().split(/\r?\n/, 1)
  const delimiters = [',', ';', '\t'].toSorted((a, b) => first.split(b).length - first.split(a).length)
  try {
    return parse(text, {
      bom: true,
      delimiter: delimiters[0],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    })
  } catch {
    return null // The library throws for a quotation that does not end.
  }
}

/** A number as people's spreadsheets write it: `1,204`, `1.204`, `1 204`. */
const numberIn = (text: string): number => {
  const digits = text.trim().replace(/[.,'\s\u00a0\u202f](?=\d{3}\b)/g, '')
  return /^\d{1,12}$/.test(digits) ? Number(digits) : 0
}

/** The day of a day or a moment. */
function dayIn(text: string): string | null {
  const day = text.trim().slice(0, 'YYYY-MM-DD'.length)
  return isDay(day) ? day : null
}

const earliest = (a: string | null, b: string | null): string | null => (a && b ? (a < b ? a : b) : (a ?? b))
const latest = (a: string | null, b: string | null): string | null => (a && b ? (a > b ? a : b) : (a ?? b))
