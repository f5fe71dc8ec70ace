import { lookup } from 'node:dns/promises'
import { fail, ok, type Result } from '../kernel/result'

/** `not-found`: there is no such name, or no address, until somebody changes it. `try-again`: nobody could say (N-14). */
export type LookupFault = { kind: 'not-found' | 'try-again'; evidence: string }

export interface Resolver {
  /** Every address of the name, IPv4 and IPv6, best first. Never an empty list. */
  addresses(host: string): Promise<Result<string[], LookupFault>>
}

const NOT_FOUND: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA', 'EAI_ADDRFAMILY'])

/** The machine's own way to look up names, with its hosts file: what the deployment expects of a host name. */
export const systemResolver: Resolver = {
  async addresses(host) {
    try {
      const answers = await lookup(host, { all: true, order: 'verbatim' })
      if (answers.length === 0) return fail({ kind: 'not-found', evidence: 'no address' })
      return ok(answers.map(({ address }) => address))
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null
      if (code === null) throw thrown
      return fail({ kind: NOT_FOUND.has(code) ? 'not-found' : 'try-again', evidence: code })
    }
  },
}
