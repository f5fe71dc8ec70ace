import type { Socket } from 'node:net'
import type tls from 'node:tls'
import { type Clock, fail, type NetFault, type NetFaultCode, ok, type Result, systemClock } from '../kernel'
import { SMTP_PORTS } from '../validation/host-name'
import {
  addressObjection,
  entriesFor,
  hostObjection,
  isHostName,
  isIpLiteral,
  isLoopbackOrLinkLocal,
  normalHost,
  readAllowList,
} from './addresses'
import { connectToAny } from './connect'
import { untilAborted, withLimit } from './limit'
import { type LookupFault, type Resolver, shared, systemResolver } from './resolver'
import { scrub } from './scrub'
import { type SecureOptions, secure, tlsOptions } from './tls'

const HTTPS_PORT = 443
/** A name server that takes longer counts as unavailable. */
const LOOKUP_MS_MAX = 5_000
/** A port that gives no TCP connection within this time counts as filtered. */
const CONNECT_MS_MAX = 10_000

export interface DialOptions {
  signal: AbortSignal
  /** `https`: Microsoft's origins. `webhook`: an address that an administrator entered. `identity`: the service for managed identities. */
  purpose: 'smtp' | 'https' | 'webhook' | 'identity'
  /** Ports allowed for this call only: the one in a cloud's `loginOrigin` or in a webhook's address. */
  extraPorts?: readonly number[]
}

/** The only way to open a connection. No other module opens a socket. */
export interface Dialer {
  /** Returns the socket with the checked address that it is connected to, and the milliseconds for lookup and connection together. */
  connect(
    target: { host: string; port: number },
    options: DialOptions,
  ): Promise<Result<{ socket: Socket; address: string; ms: number }, NetFault>>
  /** Begins TLS over a dialled socket, verified against the host name. */
  secure(socket: Socket, target: SecureOptions): Promise<Result<tls.TLSSocket, NetFault>>
  /** The same rules as data, for a library that makes the handshake itself. */
  tlsOptions(host: string): tls.ConnectionOptions
}

export interface DialerSettings {
  /** Networks, addresses or exact host names that may be reached although they are not public. */
  allowNetworks: readonly string[]
  /** Ports for SMTP in addition to the usual four. */
  allowPorts: readonly number[]
  /** The service for managed identities: the only local address that need not be listed, for that purpose alone. Null without one. */
  identityEndpoint?: URL | null
  resolver?: Resolver
  clock?: Clock
  /** PEM certificates trusted in addition to the built-in roots. A deployment uses NODE_EXTRA_CA_CERTS instead. */
  ca?: readonly string[]
  connectMsMax?: number
}

export function createDialer(settings: DialerSettings): Dialer {
  const { allowNetworks, allowPorts, identityEndpoint = null, resolver = systemResolver } = settings
  const { clock = systemClock, ca = [], connectMsMax = CONNECT_MS_MAX } = settings
  const allowed = readAllowList(allowNetworks)
  const names = shared(resolver)

  async function resolve(host: string, signal: AbortSignal): Promise<Result<string[], LookupFault>> {
    if (isIpLiteral(host)) return ok([host])
    const lookUp = (limit: AbortSignal) => untilAborted(names.addresses(host), limit, unanswered)
    const resolved = await withLimit(signal, LOOKUP_MS_MAX, lookUp)
    return resolved.ok && resolved.value.length === 0 ? fail({ kind: 'not-found', evidence: 'no address' }) : resolved
  }

  /** What a purpose demands of a name, and then of the addresses that the name has. Each returns an objection, or null. */
  function rulesFor({ purpose, extraPorts = [] }: DialOptions, host: string, port: number) {
    if (purpose === 'identity')
      return { ofName: () => identityObjection(identityEndpoint, host, port), ofAddresses: elsewhereObjection }
    const ports = purpose === 'smtp' ? [...SMTP_PORTS, ...allowPorts, ...extraPorts] : [HTTPS_PORT, ...extraPorts]
    const allow = entriesFor(allowed, port, purpose === 'webhook' ? 'webhook' : 'other')
    return {
      ofName: () => (ports.includes(port) ? hostObjection(host, allow) : `port ${port} is not open for ${purpose}`),
      ofAddresses(addresses: readonly string[]) {
        const bad = addressObjection(host, addresses, allow)
        return bad === null ? null : `${bad} is not a public address`
      },
    }
  }

  return {
    async connect(target, options) {
      const { port } = target
      const { signal } = options
      const host = normalHost(target.host)
      const refuse = (code: NetFaultCode, evidence: string) =>
        fail<NetFault>({ kind: 'net', code, host: target.host, port, evidence: scrub(evidence) })

      const { ofName, ofAddresses } = rulesFor(options, host, port)
      const nameObjection = ofName()
      if (nameObjection !== null) return refuse('address-not-allowed', nameObjection)
      if (!isIpLiteral(host) && !isHostName(host)) return refuse('name-not-found', 'not a host name')

      const startedMs = clock.monotonicMs()
      const resolved = await resolve(host, signal)
      if (!resolved.ok) {
        const code = resolved.error.kind === 'not-found' ? 'name-not-found' : 'name-lookup-failed'
        return refuse(code, resolved.error.evidence)
      }
      const addresses = resolved.value
      const addressesObjection = ofAddresses(addresses)
      if (addressesObjection !== null) return refuse('address-not-allowed', addressesObjection)

      const connected = await withLimit(signal, connectMsMax, (limit) => connectToAny(addresses, port, limit))
      if (!connected.ok) return refuse(connected.error.code, connected.error.evidence)
      const socket = connected.value
      return ok({ socket, address: socket.remoteAddress ?? '', ms: clock.monotonicMs() - startedMs })
    },
    secure: (socket, options) => secure(socket, options, ca),
    tlsOptions: (host) => tlsOptions(host, ca),
  }
}

function identityObjection(endpoint: URL | null, host: string, port: number): string | null {
  const isKnown = endpoint !== null && normalHost(endpoint.hostname) === host && Number(endpoint.port || 80) === port
  return isKnown ? null : 'not the identity endpoint of this deployment'
}

/** The token of a managed identity comes from this machine or its own network, and from no other place that a name may lead to. */
function elsewhereObjection(addresses: readonly string[]): string | null {
  const away = addresses.find((address) => !isLoopbackOrLinkLocal(address))
  return away === undefined ? null : `${away} is not on this machine or its own network`
}

const unanswered = () => fail<LookupFault>({ kind: 'try-again', evidence: 'the name server did not answer in time' })
