import ipaddr from 'ipaddr.js'

/** A chain longer than this is somebody playing; what lies beyond is not read. */
const HOPS_MAX = 20

function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text.trim().replace(/^\[(.*)\]$/, '$1')
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
 * Who really calls. `peer` is the address of the socket; `X-Forwarded-For` counts only as far as each hop, read from the
 * right, is one of the deployment's own proxies (POSTROOM_TRUSTED_PROXIES, CIDRs or addresses). What a client wrote
 * itself is never believed. Null: the peer is unknown.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | null,
  proxies: readonly string[],
): string | null {
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

/** Whether the address is one of the deployment's own proxies. */
export function isTrustedProxy(address: string, proxies: readonly string[]): boolean {
  const parsedAddress = parsed(address)
  return parsedAddress !== null && isTrusted(parsedAddress, proxies)
}

/** One counter for each IPv4 address and each IPv6 /64, since whoever holds a /64 has 2^64 addresses. */
export function addressBucket(address: string | null): string {
  const parsedAddress = address === null ? null : parsed(address)
  if (!parsedAddress) return 'unknown'
  if (parsedAddress.kind() === 'ipv4') return parsedAddress.toString()
  return `${(parsedAddress as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
