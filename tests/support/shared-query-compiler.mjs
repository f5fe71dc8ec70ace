// In the place of the library's own in test processes (vitest.config.ts). Each test database has a client, and each client would read
// the schema again for its first query: 25 to 95 ms of processor time. A compiler only turns a request into a plan, so all share one,
// and its plans: a client knows its own ones only, and nine of ten requests were compiled for another client of the process before.
import * as runtime from '../../node_modules/@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'

export * from '../../node_modules/@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'

/** By what they were made with, each with its plans by their requests. */
const compilers = new Map()

/** A longer request is full of values, and would hardly be made again. */
const REQUEST_LENGTH_MAX = 8_000

export class QueryCompiler {
  /** @param {object} options */
  constructor(options) {
    const key = JSON.stringify(options)
    const shared = compilers.get(key) ?? { compiler: new runtime.QueryCompiler(options), plans: new Map() }
    compilers.set(key, shared)
    const { compiler, plans } = shared
    /** @param {string} request */
    this.compile = (request) => {
      const plan = plans.get(request) ?? compiler.compile(request)
      if (request.length <= REQUEST_LENGTH_MAX) plans.set(request, plan)
      return plan
    }
    this.compileBatch = compiler.compileBatch.bind(compiler)
  }

  /** A client that ends leaves it to the others. */
  free() {}
}
