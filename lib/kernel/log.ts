/**
 * What a log line may hold besides its event: a closed list, so that a row, a request or a secret cannot be logged whole by
 * accident (S-01). A new field is added here, with a thought.
 */
export const LOG_FIELDS = [
  'requestId',
  'address',
  'actor',
  'action',
  'subject',
  'method',
  'path',
  'status',
  'code',
  'stage',
  'outcome',
  'reason',
  'variable',
  'member',
  'pid',
  'port',
  'host',
  'url',
  'folder',
  'signal',
  'exitCode',
  'attempt',
  'ms',
  'count',
  'daysLeft',
  'kid',
  'kids',
  'version',
  'applied',
  'digest',
  'sequence',
] as const
export type LogField = (typeof LOG_FIELDS)[number]

/** `error` is shown by name, code and scrubbed message with its stack; never by its other members. */
export type LogFields = { [field in LogField]?: string | number | boolean | null | readonly string[] } & {
  error?: unknown
}

/** `event` is a fixed sentence or name, never composed of input. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
