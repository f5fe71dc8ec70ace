import ipaddr from 'ipaddr.js'

/** Hops that are read. No real chain of proxies is longer. */
const HOPS_MAX = 20

/** `198.51.100.9:50123` and `[2001:db8::7]:50123`: some proxies, such as Azure's Application Gateway, add the port of the client. */
const WITH_PORT = /^(?:\[(.*)\]|([\d.]+))(?::\d{1,5})?$/

function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text.trim().replace(WITH_PORT, '$1$2')
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null
}

function isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6, proxies: readonly string[]): boolean {
  return proxies.some((proxy) => {
    const [network, bits] = proxy.includes('/')
      ? ipaddr.parseCIDR(proxy)
      : [ipaddr.parse(proxy), proxy.includes(':') ? 128 : 32]
    return network.kind() === address.kind() && address.match(network, bits)
  })
}

/**
 * Address of the client. `peer` is the address of the socket. `X-Forwarded-For` is read from the right as long as each hop is one of the
 * deployment's proxies (POSTROOM_TRUSTED_PROXIES, networks or addresses), so an address that the client wrote itself is ignored. Null if
 * the peer is unknown.
 */
export function clientAddress(peer: string | null, forwardedFor: string | null, proxies: readonly string[]) {
  let address = peer === null ? null : parsed(peer)
  if (!address) return null
  const hops = (forwardedFor ?? '').split(',').slice(-HOPS_MAX)
  while (isTrusted(address, proxies)) {
    const before: ipaddr.IPv4 | ipaddr.IPv6 | null = parsed(hops.pop() ?? '')
    if (!before) break
    address = before
  }
  return address.toString()
}

export function isTrustedProxy(address: string, proxies: readonly string[]): boolean {
  const parsedAddress = parsed(address)
  return parsedAddress !== null && isTrusted(parsedAddress, proxies)
}

/** Returns a function that counts a use by an address in this period; false if it, or all together, have used what they may. */
export function limitPerAddress(periodMs: number, ofOneMax: number, max: number): (address: string | null) => boolean {
  let period = { endsMs: 0, uses: 0, usesOf: new Map<string, number>() }
  return (address) => {
    const [nowMs, bucket] = [performance.now(), addressBucket(address)]
    if (nowMs >= period.endsMs) period = { endsMs: nowMs + periodMs, uses: 0, usesOf: new Map() }
    const uses = period.usesOf.get(bucket) ?? 0
    if (uses >= ofOneMax || period.uses >= max) return false
    period.usesOf.set(bucket, uses + 1)
    period.uses++
    return true
  }
}

/** Key of a counter: the IPv4 address or the IPv6 /64, since one client with a /64 has 2^64 addresses. */
export function addressBucket(address: string | null): string {
  const parsedAddress = address === null ? null : parsed(address)
  if (!parsedAddress) return 'unknown'
  if (parsedAddress.kind() === 'ipv4') return parsedAddress.toString()
  return `${(parsedAddress as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
