import { attachDatabase } from '../host/attach-database'
import { type Wiring, wiring } from '../wiring'
import { createLog, logToStandardError } from '../wiring/log'
import { UsageFault } from './usage-fault'

/** The wiring for one command. Logs go to standard error: standard output is the answer's. */
export async function openWiring(
  say: (line: string) => void,
  options: { makeKey?: boolean },
): Promise<{ wiring: Wiring; close(): Promise<void> }> {
  logToStandardError()
  const database = await attachDatabase(process.env, createLog({ level: 'warn', process: 'command' }), options)
  if (!database.ok) throw new UsageFault(database.error)
  for (const remark of database.value.remarks) say(remark)
  Object.assign(process.env, database.value.variables)
  const opened = wiring()
  return {
    wiring: opened,
    async close() {
      await opened.db.$disconnect()
      await database.value.release()
    },
  }
}
