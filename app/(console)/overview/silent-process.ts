import type { Translator } from '@/lib/i18n/translations'
import type { Silent } from '@/lib/operations/status'

export type SilentProcess = Pick<Silent, 'name' | 'host' | 'count'>

/** What the sentence about a process that has stopped reporting names: the process, and its machine where there are several. */
export function silentValues({ name: process, host, count }: SilentProcess, people: Translator<'people'>) {
  const where = count > 1 ? people('system.machines', { count: people.number(count) }) : host
  return { process, name: `${people.lookUp(`system.process.${process}`) ?? process}${where && ` (${where})`}` }
}
