import { createLog, logToStandardError } from '../config/logger'
import { attachDatabase } from '../host/attach-database'
import { servicesOfProcess } from '../services/create'
import { UsageFault } from './usage-fault'

/** The services for one command. Logs go to standard error, because standard output carries the answer. */
export async function openServices(say: (line: string) => void, options: { makeKey?: boolean }) {
  logToStandardError()
  const database = await attachDatabase(process.env, createLog({ level: 'warn', process: 'command' }), options)
  if (!database.ok) throw new UsageFault(database.error)
  for (const remark of database.value.remarks) say(remark)
  Object.assign(process.env, database.value.variables)
  const opened = servicesOfProcess()
  await opened.clock.current().catch(() => {}) // a database that is away is found by the command itself
  return {
    services: opened,
    async close() {
      await opened.db.$disconnect()
      await database.value.release()
    },
  }
}
