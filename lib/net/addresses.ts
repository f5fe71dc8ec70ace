import ipaddr from 'ipaddr.js'

/** What the deployment lets us reach although it is not public (`POSTROOM_ALLOW_NETWORKS`). */
export interface AllowList {
  networks: readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number][]
  names: ReadonlySet<string>
}

/** Looks public, but is the platform's own address inside Azure: DHCP, DNS, health probes. */
const AZURE_WIRE_SERVER = '168.63.129.16'
/** Only 2000::/3 is handed out as global unicast (RFC 4291 §2.4); a list of exceptions alone would be out of date. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/** Names under which clouds serve credentials to whoever asks from inside. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'metadata.azure.com',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
  'instance-data.ec2.internal',
])

/** Letters, digits and hyphens in labels of at most 63, 253 in all; no trailing dot. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/
/** A name whose last label is a number is an IPv4 address to every resolver: `127.1`, `0x7f000001`, `1.2.3.4` (WHATWG URL §3.5). */
const ENDS_IN_A_NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)$/

/** Lower case, without the root's dot; IPv6 without brackets. */
export const normalHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')

export const isIpLiteral = (host: string): boolean => host.includes(':') || ENDS_IN_A_NUMBER.test(host)

export const isHostName = (host: string): boolean => HOST_NAME.test(host) && !isIpLiteral(host)

/** @returns null for an entry that is neither a network, nor an address, nor a host name. */
function readEntry(entry: string): { network: [ipaddr.IPv4 | ipaddr.IPv6, number] } | { name: string } | null {
  const text = normalHost(entry.trim())
  if (text.includes('/')) return ipaddr.isValidCIDR(text) ? { network: ipaddr.parseCIDR(text) } : null
  if (isIpLiteral(text)) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null
    const address = ipaddr.process(text)
    return { network: [address, address.kind() === 'ipv4' ? 32 : 128] }
  }
  return isHostName(text) ? { name: text } : null
}

export const isAllowEntry = (entry: string): boolean => readEntry(entry) !== null

/** @throws Error naming the entry that does not parse: a mistake in the deployment, found at start. */
export function readAllowList(entries: readonly string[]): AllowList {
  const read = entries.map((entry) => {
    const value = readEntry(entry)
    if (!value) throw new Error(`Not a network, address or host name: ${JSON.stringify(entry)}`)
    return value
  })
  return {
    networks: read.flatMap((entry) => ('network' in entry ? [entry.network] : [])),
    names: new Set(read.flatMap((entry) => ('name' in entry ? [entry.name] : []))),
  }
}

/** Public unicast by the registries, minus what is public in name only (N-02). */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast' || address.toString() === AZURE_WIRE_SERVER) return false
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6)
}

/** Loopback and link-local: nothing that is sent there crosses a router. */
export const isBeside = (text: string): boolean =>
  ipaddr.isValid(text) && ['loopback', 'linkLocal'].includes(ipaddr.process(text).range())

function isListed(text: string, { networks }: AllowList): boolean {
  const address = ipaddr.process(text)
  return networks.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
}

/** Same address in another spelling, e.g. IPv4 mapped into IPv6. */
export const sameAddress = (a: string, b: string): boolean =>
  ipaddr.isValid(a) && ipaddr.isValid(b) && ipaddr.process(a).toString() === ipaddr.process(b).toString()

/**
 * Why this host may not be dialled at all, before any lookup; null when it may.
 * Literals go only where the list names exactly them, so that no spelling of an address gets past a name rule (N-04).
 */
export function hostObjection(host: string, allow: AllowList): string | null {
  if (allow.names.has(host)) return null
  if (isIpLiteral(host)) {
    const exact = allow.networks.some(
      ([network, bits]) => bits === (network.kind() === 'ipv4' ? 32 : 128) && network.toString() === host,
    )
    return exact ? null : 'an IP address in place of a host name'
  }
  return METADATA_NAMES.has(host) ? "a cloud's metadata service" : null
}

/** The first answer that may not be dialled; null when all may. One bad answer spoils the name (N-01). */
export function addressObjection(host: string, addresses: readonly string[], allow: AllowList): string | null {
  if (allow.names.has(host)) return null
  return (
    addresses.find((address) => !isPublic(address) && !(ipaddr.isValid(address) && isListed(address, allow))) ?? null
  )
}
