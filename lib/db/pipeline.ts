import pg from 'pg'
import { REQUEST_BUDGET_MS, withinBudget } from './time-budget'

/** Sends statements to the database. */
export interface Pipeline {
  query<Row extends object>(statement: { name: string; text: string; values: unknown[] }): Promise<pg.QueryResult<Row>>
  end(): Promise<void>
}

/**
 * One connection over which statements follow one another without waiting for answers, each of them planned once. Over a pool, each of
 * the dozen statements of a page would wait for a connection, and be planned on every one.
 *
 * It opens with the first statement and again after it broke. A statement that no answer comes to breaks it.
 */
export function createPipeline(config: pg.ClientConfig): Pipeline {
  let current: Promise<pg.Client> | null = null

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

  return {
    query<Row extends object>(statement: { name: string; text: string; values: unknown[] }) {
      current ??= open()
      return withinBudget(current.then((client) => client.query<Row>(statement)))
    },
    async end() {
      const client = await current?.catch(() => null)
      await client?.end()
    },
  }
}
