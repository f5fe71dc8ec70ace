import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import pg from 'pg'

/** How long one request waits for the database in all: a page that asks often must not take as many times as long. */
export const REQUEST_BUDGET_MS = 10_000
/** Less than that: a statement that waits for a lock is undone before its request ends without knowing what became of it. */
export const REQUEST_LOCKED_S = 8

/** The database took longer than the request may wait for it. */
class DatabaseSlow extends Error {
  constructor() {
    super('The database takes too long')
  }
}

/** A clock that stops while this process is at work: an answer that it cannot read yet is no sign of a slow database. */
const idleMs = (): number => performance.eventLoopUtilization().idle

/** Time during which at least one answer of the database is waited for, and nothing else is done. */
class TimeBudget {
  #spentMs = 0
  #waiting = 0
  #since = 0

  constructor(private totalMs: number) {}

  leftMs(): number {
    return this.totalMs - this.#spentMs - (this.#waiting > 0 ? idleMs() - this.#since : 0)
  }

  lift(): void {
    this.totalMs = Number.POSITIVE_INFINITY
  }

  begin(): void {
    if (this.#waiting++ === 0) this.#since = idleMs()
  }

  end(): void {
    if (--this.#waiting === 0) this.#spentMs += idleMs() - this.#since
  }
}

const budgets = new AsyncLocalStorage<TimeBudget>()
/** Worker and listener limit nothing, so that they need not preserve the flow of calls either, which costs something for each statement. */
let isUsed = false

/**
 * Limits the time that everything called from here on, in the same flow of calls, has for the database. Returns what ends the limit, because
 * a timer that was set during the request belongs to its flow long afterwards.
 */
export function beginBudget(totalMs = REQUEST_BUDGET_MS): () => void {
  const budget = new TimeBudget(totalMs)
  isUsed = true
  budgets.enterWith(budget)
  return () => budget.lift()
}

// biome-ignore lint/suspicious/noExplicitAny: the driver's own callbacks differ in what they get
type Callback = (error: any, ...results: any[]) => void

/** A client whose queries end when the budget of the request does. */
export class BudgetedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's own signature has eight forms
  override query(query: any, values?: any, callback?: any): any {
    const budget = budgets.getStore()
    if (!budget || budget.leftMs() === Number.POSITIVE_INFINITY || typeof query?.submit === 'function')
      return super.query(query, values, callback)
    const config = {
      ...(typeof query === 'string' ? { text: query } : query),
      query_timeout: Math.max(1, Math.ceil(budget.leftMs())),
    }
    budget.begin()
    const notify: Callback | undefined = typeof values === 'function' ? values : callback
    const parameters = Array.isArray(values) ? values : config.values
    const answer = super.query(config, parameters).finally(() => budget.end())
    return notify ? answer.then((result: unknown) => notify(null, result), notify) : answer
  }
}

/** The answer, unless the budget of the request ends before it comes. */
export function withinBudget<T>(answer: Promise<T>): Promise<T> {
  const budget = budgets.getStore()
  if (!budget || budget.leftMs() === Number.POSITIVE_INFINITY) return answer
  budget.begin()
  let late: NodeJS.Timeout
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new DatabaseSlow()), Math.max(0, budget.leftMs()))
  })
  return Promise.race([answer, tooLate]).finally(() => {
    clearTimeout(late)
    budget.end()
  })
}

/** Limits the wait for a connection too. */
export function budgeted(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as (callback: Callback) => void
  const limited = (callback: Callback): void => {
    if (!isUsed) {
      connect(callback)
      return
    }
    // A promise continues in the caller's own flow, not in that of the one that returns a connection.
    const connected = new Promise<[pg.PoolClient, unknown]>((resolve, reject) =>
      connect((error, client, release) => (error ? reject(error) : resolve([client, release]))),
    )
    withinBudget(connected).then(
      (results) => callback(undefined, ...results),
      (error) => {
        connected.then(([client]) => client.release()).catch(() => {}) // one that comes too late
        callback(error)
      },
    )
  }
  const either = (callback?: Callback) =>
    callback
      ? limited(callback)
      : new Promise((resolve, reject) => limited((error, client) => (error ? reject(error) : resolve(client))))
  return Object.assign(pool, { connect: either })
}
