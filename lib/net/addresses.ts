import ipaddr from 'ipaddr.js'
import { isMetadataName } from '../validation/host-name'

/** The one port that an entry names, or null for an entry without a port. */
type EntryPort = number | null
type Network = [address: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number]

/** Networks and names that may be reached although they are not public (`POSTROOM_ALLOW_NETWORKS`). */
export interface AllowList {
  networks: readonly [...Network, EntryPort][]
  names: ReadonlyMap<string, readonly EntryPort[]>
}

/** An address of the public range that serves DHCP, DNS and health probes inside Azure. */
const AZURE_WIRE_SERVER = '168.63.129.16'
/** Only 2000::/3 is handed out as global unicast (RFC 4291 §2.4); a list of exceptions alone would be out of date. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/** Letters, digits and hyphens in labels of at most 63, 253 in all; no trailing dot. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/
/** A name whose last label is a number is an IPv4 address to every resolver: `127.1`, `0x7f000001`, `1.2.3.4` (WHATWG URL §3.5). */
const ENDS_IN_A_NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)$/

/** Writes a host in lower case, without the dot of the root, and an IPv6 address without brackets. */
export const normalHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')

export const isIpLiteral = (host: string): boolean => host.includes(':') || ENDS_IN_A_NUMBER.test(host)

export const isHostName = (host: string): boolean => HOST_NAME.test(host) && !isIpLiteral(host)

/** `relay.lan:25`, `10.0.0.0/8:25`, `[fd00::/8]:25`. An IPv6 address contains colons, so it needs brackets before a port. */
const WITH_PORT = /^(\[[^\]]+\]|[^:]+):([1-9]\d{0,4})$/
const PORT_MAX = 65_535

interface AllowEntry {
  what: { network: Network } | { name: string }
  port: EntryPort
}

/** Reads one entry: a network, an address or a host name, with a port or without. Null if it is none of these. */
function readEntry(entry: string): AllowEntry | null {
  const [, host, port] = WITH_PORT.exec(entry.trim()) ?? [null, entry.trim(), null]
  const what = readPlace(host ?? '')
  if (!what || Number(port) > PORT_MAX) return null
  return { what, port: port ? Number(port) : null }
}

function readPlace(host: string): AllowEntry['what'] | null {
  const text = normalHost(host)
  if (text.includes('/')) return ipaddr.isValidCIDR(text) ? { network: ipaddr.parseCIDR(text) } : null
  if (isIpLiteral(text)) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null
    const address = ipaddr.process(text)
    return { network: [address, address.kind() === 'ipv4' ? 32 : 128] }
  }
  return isHostName(text) ? { name: text } : null
}

export const isAllowEntry = (entry: string): boolean => readEntry(entry) !== null

/** Reads a list of entries. @throws Error that names the entry that does not parse, which is a mistake in the deployment found at start */
export function readAllowList(entries: readonly string[]): AllowList {
  const read = entries.map((entry) => {
    const value = readEntry(entry)
    if (!value) throw new Error(`Not a network, address or host name: ${JSON.stringify(entry)}`)
    return value
  })
  const names = new Map<string, EntryPort[]>()
  for (const { what, port } of read) {
    if ('name' in what) names.set(what.name, [...(names.get(what.name) ?? []), port])
  }
  return {
    networks: read.flatMap(({ what, port }) => ('network' in what ? [[...what.network, port] as const] : [])),
    names,
  }
}

/** The host names that a list names, without their ports. */
export const allowedNames = (entries: readonly string[]): string[] => [...readAllowList(entries).names.keys()]

/**
 * Returns the entries that apply to a connection to this port. An entry with a port allows that port only. One without a port allows every port
 * that the purpose may use. An administrator may choose any port for a webhook, so there it allows 443 only.
 */
export function entriesFor({ networks, names }: AllowList, port: number, purpose: 'webhook' | 'other'): AllowList {
  const opens = (entryPort: EntryPort) =>
    entryPort === port || (entryPort === null && (purpose === 'other' || port === 443))
  return {
    networks: networks.filter(([, , entryPort]) => opens(entryPort)),
    names: new Map([...names].filter(([, ports]) => ports.some(opens))),
  }
}

/** Returns the address that a packet reaches, which is the IPv4 address if it is mapped into IPv6 or has NAT64's well-known prefix 64:ff9b::/96 (RFC 6052). */
function endOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const address = ipaddr.process(text)
  return address instanceof ipaddr.IPv6 && address.range() === 'rfc6052'
    ? new ipaddr.IPv4(address.toByteArray().slice(-4))
    : address
}

/** Whether the registries hand an address out as public unicast, and it is not private in practice. */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = endOf(text)
  if (address.range() !== 'unicast' || address.toString() === AZURE_WIRE_SERVER) return false
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6)
}

/** Whether packets to an address do not cross a router. */
export const isLoopbackOrLinkLocal = (text: string): boolean =>
  ipaddr.isValid(text) && ['loopback', 'linkLocal'].includes(ipaddr.process(text).range())

function isListed(text: string, { networks }: AllowList): boolean {
  const address = endOf(text)
  return networks.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
}

/** Whether both are spellings of one address, e.g. IPv4 mapped into IPv6. */
export const sameAddress = (a: string, b: string): boolean =>
  ipaddr.isValid(a) && ipaddr.isValid(b) && ipaddr.process(a).toString() === ipaddr.process(b).toString()

/**
 * Why this host may not be dialled, before any lookup, or null if it may. An IP address is allowed only if the list names exactly it, so
 * that no spelling of an address evades the rules for names.
 */
export function hostObjection(host: string, allow: AllowList): string | null {
  if (allow.names.has(host)) return null
  if (isIpLiteral(host)) {
    const exact = allow.networks.some(
      ([network, bits]) => bits === (network.kind() === 'ipv4' ? 32 : 128) && network.toString() === host,
    )
    return exact ? null : 'an IP address in place of a host name'
  }
  return isMetadataName(host) ? "a cloud's metadata service" : null
}

/** The first address that may not be dialled, or null if all may. One forbidden address blocks the name. */
export function addressObjection(host: string, addresses: readonly string[], allow: AllowList): string | null {
  if (allow.names.has(host)) return null
  return (
    addresses.find((address) => !isPublic(address) && !(ipaddr.isValid(address) && isListed(address, allow))) ?? null
  )
}
