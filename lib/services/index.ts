import { processWide } from '../kernel/process-wide'
import type { Services } from './create'

export type { Services }

/**
 * The services of this process, which what it starts with creates. Pages and routes import only this, because a bundler writes what they
 * import once more for each kind of them, and the process would have all of it in memory three times.
 */
const [held, holdServices] = processWide<Services | undefined>('services')

export { holdServices }

export function services(): Services {
  const services = held()
  if (!services) throw new Error('This process has not created its services')
  return services
}
