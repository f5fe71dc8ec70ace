/** The fields of a log line besides its event. The list is closed, so that no row, request or secret is logged by accident. */
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
  'leftOut',
] as const
export type LogField = (typeof LOG_FIELDS)[number]

/** `error` is logged with its name, code, scrubbed message and stack, never with its other members. */
export type LogFields = { [field in LogField]?: string | number | boolean | null | readonly string[] } & {
  error?: unknown
}

/** `event` is a fixed sentence or name that contains no input. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
