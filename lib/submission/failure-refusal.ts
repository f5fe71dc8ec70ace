import { type DatabaseCause, databaseCause, isDiskFull } from '../db/outage'
import type { Logger } from '../kernel'
import { type Refusal, type RefusalCode, refusal } from './refusal'

export type FailureLog = Pick<Logger, 'error' | 'warn'>

/** The answer to what our own side could not do, with a line in the log. Nothing was stored, and the client may try again. */
export function failureRefusal(log: FailureLog, what: string, error: unknown): Refusal {
  const code = failureCode(error)
  if (code === 'internal-error') log.error(`${what} ended with an error`, { error })
  else log.warn(`${what} was rejected for now`, { code, error })
  return refusal(code)
}

function failureCode(error: unknown): RefusalCode {
  const cause = databaseCause(error)
  if (cause) return CODE_OF_CAUSE[cause]
  if (isDiskFull(error)) return 'disk-full'
  const code = String(Object(error).code)
  if (UNWRITABLE.includes(code)) return 'disk-read-only'
  return OUT_OF_FILES.includes(code) ? 'files-open' : 'internal-error'
}

const CODE_OF_CAUSE: Readonly<Record<DatabaseCause, RefusalCode>> = {
  full: 'disk-full',
  memory: 'database-memory',
  connections: 'database-connections',
  locked: 'database-locked',
  away: 'database-away',
}

/** The system lets us write no file: its disk is read-only, or the rights of the folder are wrong. */
const UNWRITABLE = ['EROFS', 'EACCES', 'EPERM']
/** This process, or the machine, has as many open connections and files as it may. */
const OUT_OF_FILES = ['EMFILE', 'ENFILE']
