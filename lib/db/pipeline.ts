import pg from 'pg'
import { REQUEST_BUDGET_MS, withinBudget } from './time-budget'

/** How long a connection stays open that nothing is sent over. A firewall that forgets it drops what is sent later without a word. */
export const IDLE_MS = 60_000

export interface Pipeline {
  query<Row extends object>(statement: { name: string; text: string; values: unknown[] }): Promise<pg.QueryResult<Row>>
  end(): Promise<void>
}

/**
 * One connection over which statements follow one another without waiting for answers, each of them planned once
 * (docs/decisions/0049). It opens with the first statement and again after it was idle or broke. A statement that no answer comes to
 * breaks it.
 */
export function createPipeline(config: pg.ClientConfig): Pipeline {
  let current: Promise<pg.Client> | null = null
  let idle: NodeJS.Timeout | undefined
  let hasEnded = false

  function open(): Promise<pg.Client> {
    const client = new pg.Client({ ...config, pipeline: true, query_timeout: REQUEST_BUDGET_MS })
    const opened = client.connect().then(() => client)
    const forget = () => {
      if (current === opened) current = null
    }
    client.on('error', forget).on('end', forget)
    opened.catch(forget)
    return opened
  }

  async function close(): Promise<void> {
    clearTimeout(idle)
    const opened = current
    current = null
    const client = await opened?.catch(() => null)
    await client?.end()
  }

  return {
    async query<Row extends object>(statement: { name: string; text: string; values: unknown[] }) {
      if (hasEnded) throw new Error('A statement after the connection was ended')
      current ??= open()
      clearTimeout(idle)
      // No statement waits as long as this, so none is in flight then.
      idle = setTimeout(close, IDLE_MS).unref()
      return withinBudget(current.then((client) => client.query<Row>(statement)))
    },
    end() {
      hasEnded = true
      return close()
    },
  }
}
