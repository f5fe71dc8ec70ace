import { MINUTE_MS } from '../../kernel/time'

/** So that slow clients do not delay the others. */
export const LIMITS = {
  connections: 200,
  connectionsPerAddress: 10,
  /** Of all addresses of an IPv6 /64. */
  connectionsPerNetwork: 50,
  /** For one command line, however slowly its characters come; also for a TLS handshake. */
  commandMs: MINUTE_MS,
  /** Between two pieces of a message. */
  dataMs: 5 * MINUTE_MS,
  /** For a connection until its first message is accepted, and then for each further one. */
  sessionMs: 20 * MINUTE_MS,
} as const
export type Limits = { readonly [key in keyof typeof LIMITS]: number }
