import path from 'node:path'

/** The baseline of page weights: a Next page with nothing on it, built with the console's own Next and React. */
export default {
  turbopack: { root: path.resolve(import.meta.dirname, '../..') },
  outputFileTracingRoot: path.resolve(import.meta.dirname, '../..'),
  poweredByHeader: false,
  agentRules: false,
  experimental: { agentUpgrade: false },
}
