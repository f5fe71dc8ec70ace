import pino from 'pino'
import { databaseCause } from '../db/outage'
import { MINUTE_MS } from '../kernel'
import { LOG_FIELDS, type LogFields, type Logger } from '../kernel/log'
import type { Redacted } from '../kernel/redacted'
import { createScrubber } from '../net'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Lines of a stack: enough to find the place. */
const STACK_LINES_MAX = 12
/** Of lines that could not be written yet. */
const WAITING_CHARACTERS_MAX = 1024 * 1024

/**
 * Shapes that are always a credential: signed or sealed tokens, authorization values, PEM keys, logins in URLs. A token does not need its
 * dots, nor a URL its scheme, because a long text of beginnings would otherwise take seconds.
 */
const CREDENTIAL_SHAPES: readonly [shape: RegExp, loggable: string][] = [
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, '[token]'],
  [/\b(Bearer|Basic|XOAUTH2)\s+[\w+/=._~-]{8,}/gi, '$1 [secret]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/(:\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1[secret]@'],
  [
    /\b(client_secret|client_assertion|access_token|refresh_token|id_token|password|passwd|secret)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi,
    '$1$2[secret]',
  ],
]

let descriptor = 1

/** For commands, whose standard output is their answer. */
export function logToStandardError(): void {
  descriptor = 2
}

export interface LogOptions {
  level: LogLevel
  process: string
  /** The deployment's own secrets: taken out of every text, in every spelling. */
  secrets?: readonly Redacted[]
  /** Names the volume of the database's files when it is full. Handed in, so that processes without a database stay small. */
  explain?: (error: unknown) => string | null
  write?: (line: string) => void
  nowMs?: () => number
}

/**
 * JSON lines on standard output. Text is scrubbed and cut, control characters are escaped, unknown fields do not exist. What the database
 * prevents is tried again every few seconds, and logged once a minute.
 */
export function createLog(options: LogOptions): Logger {
  const { level, process: name, secrets = [], explain = () => null, write, nowMs = () => performance.now() } = options
  const limited = oncePerMinute(nowMs)
  const scrub = createScrubber(secrets)
  const safe = (text: string): string =>
    scrub(CREDENTIAL_SHAPES.reduce((so, [shape, loggable]) => so.replace(shape, loggable), text))
  const settings: pino.LoggerOptions = {
    level,
    base: { process: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'event',
  }
  const log = pino(settings, write ? { write } : standardOutput())
  const at =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      const limit = log.isLevelEnabled(severity) ? limited(event, fields) : null
      if (limit) log[severity](loggable({ ...fields, ...limit }, safe, explain), safe(event))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/**
 * On a full disk, or if nothing reads its output, the process keeps running. The lines of that time are written later, unless there are too
 * many.
 */
const standardOutput = () =>
  pino
    .destination({ fd: descriptor, sync: true, maxLength: WAITING_CHARACTERS_MAX, retryEAGAIN: () => false })
    .on('error', () => {})

/**
 * Whether a line is due, with the number of equal ones since the last. What one message or the number of a page is looked up by is always due.
 *
 * @returns null for a line that is left out
 */
function oncePerMinute(nowMs: () => number): (event: string, fields: LogFields) => Pick<LogFields, 'leftOut'> | null {
  const written = new Map<string, { atMs: number; leftOut: number }>()
  return (event, { error, code, member, subject, digest }) => {
    const cause = (subject ?? digest) ? null : databaseCause(error)
    if (cause === null) return {}
    const key = JSON.stringify([event, code, member, cause])
    const last = written.get(key)
    if (last && nowMs() - last.atMs < MINUTE_MS) {
      last.leftOut++
      return null
    }
    written.set(key, { atMs: nowMs(), leftOut: 0 })
    return last?.leftOut ? { leftOut: last.leftOut } : {}
  }
}

function loggable(fields: LogFields, safe: (text: string) => string, explain: (error: unknown) => string | null) {
  const line: Record<string, unknown> = {}
  for (const name of LOG_FIELDS) {
    const value = fields[name]
    if (value !== undefined) line[name] = plain(value, safe)
  }
  if (fields.error !== undefined) line.error = errorShown(fields.error, safe)
  const explained = fields.error === undefined ? null : explain(fields.error)
  if (explained !== null) line.reason = safe(explained)
  return line
}

function plain(value: unknown, safe: (text: string) => string): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return safe(value)
  if (Array.isArray(value)) return value.slice(0, 50).map((each) => plain(each, safe))
  return '[not shown]' // a type was lied to: an object would bring all of its members along
}

function errorShown(error: unknown, safe: (text: string) => string): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? safe(error) : '[not an error]' }
  const code = 'code' in error && typeof error.code === 'string' ? { code: safe(error.code) } : {}
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    name: safe(error.name),
    message: safe(error.message),
    ...code,
    stack: frames.slice(0, STACK_LINES_MAX).map((line) => safe(line.trim())),
  }
}
