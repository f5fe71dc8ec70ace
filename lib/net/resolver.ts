import { lookup } from 'node:dns/promises'
import { fail, ok, type Result } from '../kernel'

/** `not-found`: the name or its address does not exist. `try-again`: no name server gave an answer. */
export type LookupFault = { kind: 'not-found' | 'try-again'; evidence: string }

export interface Resolver {
  /** Every address of the name, IPv4 and IPv6, in the order of preference. */
  addresses(host: string): Promise<Result<string[], LookupFault>>
}

const NOT_FOUND: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA', 'EAI_ADDRFAMILY'])

/** Looks names up as the operating system does, hosts file included, since a deployment expects that. */
export const systemResolver: Resolver = {
  async addresses(host) {
    try {
      const answers = await lookup(host, { all: true, order: 'verbatim' })
      return ok(answers.map(({ address }) => address))
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null
      if (code === null) throw thrown
      return fail({ kind: NOT_FOUND.has(code) ? 'not-found' : 'try-again', evidence: code })
    }
  },
}

/** Gives all requests for a name that is being looked up the same answer, because a process looks up only four names at a time. */
export function shared(resolver: Resolver): Resolver {
  const running = new Map<string, ReturnType<Resolver['addresses']>>()
  return {
    addresses(host) {
      const answer = running.get(host) ?? resolver.addresses(host).finally(() => running.delete(host))
      running.set(host, answer)
      return answer
    },
  }
}
