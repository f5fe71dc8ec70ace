// In the place of the library's own in test processes (vitest.config.ts). Each test database has a client, and each client would read
// the schema again for its first query: 25 to 95 ms of processor time. A compiler only turns a request into a plan, so all share one.
import * as runtime from '../../node_modules/@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'

export * from '../../node_modules/@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'

/** By what they were made with. */
const compilers = new Map()

export class QueryCompiler {
  /** @param {object} options */
  constructor(options) {
    const key = JSON.stringify(options)
    const shared = compilers.get(key) ?? new runtime.QueryCompiler(options)
    compilers.set(key, shared)
    this.compile = shared.compile.bind(shared)
    this.compileBatch = shared.compileBatch.bind(shared)
  }

  /** A client that ends leaves it to the others. */
  free() {}
}
