import { ok } from '../kernel/result'
import { DOMAIN_CHARS_MAX, fullAsciiDomain, normalDomain } from './domain-name'
import { oddCharacter, trimmed } from './text'
import { invalid, type Parsed } from './validation-error'

/** What the deployment allows beyond the rule; a browser user cannot add to it (N-02, N-03). */
export interface HostAllowance {
  /** Host names, lower case; CIDRs in the same list simply never equal a name. */
  names: readonly string[]
  ports: readonly number[]
}
export const NOTHING_MORE: HostAllowance = { names: [], ports: [] }

const SMTP_PORTS: readonly number[] = [25, 465, 587, 2525]
/** The WHATWG rule: a name whose last label reads as a number is an address in some spelling (N-04). */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/

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
export const isMetadataName = (host: string): boolean => METADATA_NAMES.has(host)

/** The server's name, never an address in any spelling: certificates and the address guard both need a name. */
export function parseSmtpHost(input: unknown, { names }: HostAllowance = NOTHING_MORE): Parsed<string> {
  const text = trimmed(input, DOMAIN_CHARS_MAX + 1)
  if (!text.ok) return text
  if (text.value === '') return invalid('host.required')
  const odd = oddCharacter(text.value)
  if (odd) return odd
  const typed = text.value.replace(/\.$/, '')

  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/?#@:]+)/i.exec(typed)
  if (url) return invalid('host.url', { suggestion: (url[1] ?? '').slice(0, 80) })
  const withPort = /^([^\s:/@]+):(\d{1,5})$/.exec(typed)
  if (withPort) return invalid('host.port', { suggestion: withPort[1] ?? '', port: withPort[2] ?? '' })
  if (typed.includes('@')) return invalid('host.userInfo')
  if (/[/\\?#]/.test(typed)) return invalid('host.path')
  if (/[[\]:]/.test(typed)) return invalid('host.literal')

  const host = normalDomain(typed)
  if (host === null) return invalid(/_/.test(typed) ? 'host.underscore' : 'host.invalid')
  const labels = host.split('.')
  if (NUMERIC_LABEL.test(labels.at(-1) ?? '')) return invalid('host.literal')
  if (names.includes(host)) return ok(host)
  if (isMetadataName(host)) return invalid('host.metadata', { host })
  if (labels.at(-1) === 'localhost') return invalid('host.localhost', { host })
  return labels.length >= 2 ? ok(host) : invalid('host.singleLabel', { host })
}

/** 25, 465, 587, 2525 and what the deployment adds: a mail console is no port scanner (N-03). */
export function parseSmtpPort(input: unknown, { ports }: HostAllowance = NOTHING_MORE): Parsed<number> {
  const text = typeof input === 'string' && input.length <= 64 ? input.trim() : input
  const port = typeof text === 'string' && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : text
  if (typeof port !== 'number' || !Number.isInteger(port)) return invalid('port.notNumber')
  const allowed = [...SMTP_PORTS, ...ports]
  return allowed.includes(port) ? ok(port) : invalid('port.notMail', { allowed: allowed.join(', ') })
}

/** The name we greet servers with. */
export function parseEhloName(input: unknown): Parsed<string> {
  const text = trimmed(input, DOMAIN_CHARS_MAX)
  if (!text.ok) return text
  const name = oddCharacter(text.value) ? null : fullAsciiDomain(text.value)
  return name === null ? invalid('ehloName') : ok(name)
}
